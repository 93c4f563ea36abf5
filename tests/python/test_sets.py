# SPDX-License-Identifier: BSD-2-Clause
"""A set is what one archive of the same posts is."""
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import tempfile
import unittest
import unittest.mock

import newsarc
from support import InFolder, make_site, run

MOVED = "NW202201010000000000"


def time_of_night(number):
    return datetime.datetime(2024, 1, number, tzinfo=datetime.timezone.utc)


def write(command, night, site, *places):
    seconds = str(int(time_of_night(night).timestamp()))
    with unittest.mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=seconds):
        for place in places:
            run(command, "--preset", "fast", place, site)


def make_nights(folder):
    """A set and an archive, to which some nights were appended."""
    site, places = folder / "site", (folder / "news.narc", os.fspath(folder / "set") + "/")
    make_site(site, "60")
    (site / "plain.txt").write_text("No post.\n")
    write("pack", 1, site, *places)
    posts = sorted((site / "_posts").iterdir())
    (site / "old").mkdir()
    posts[0].rename(site / "old" / posts[0].name)
    write("append", 2, site, *places)
    for post in posts[3:7]:
        post.write_bytes(post.read_bytes() + b"It was corrected.\n")
    write("append", 3, site, *places)


class SetTest(InFolder):
    """A copy of these for each test."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="newsarc-test.")
        cls.addClassCleanup(scratch.cleanup)
        cls.nights = pathlib.Path(scratch.name)
        make_nights(cls.nights)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.nights, self.folder, dirs_exist_ok=True)
        self.site = self.folder / "site"
        self.set = self.folder / "set"

    def open(self, path):
        archive = newsarc.open(path)
        self.addCleanup(archive.close)
        return archive

    def test_every_post_is_what_the_archive_has(self):
        one, many = self.open(self.path), self.open(self.set)
        self.assertEqual(len(many), len(one))
        for options in ({}, {"all_versions": True}, {"as_of": 2}, {"as_of": time_of_night(2)},
                        {"first": "2022-02", "last": "2022-03-05"}, {"kind": "file"}):
            posts = list(many.select(**options))
            self.assertEqual(posts, list(one.select(**options)), options)
            self.assertEqual([post.content for post in posts],
                             [post.content for post in one.select(**options)], options)
            self.assertTrue(posts, options)

    def test_a_post_is_found_with_all_its_versions(self):
        one, many = self.open(self.path), self.open(self.set)
        for post in one:
            for key in filter(None, (post.path, post.info_code)):
                self.assertEqual(many[key], one[key])
                self.assertEqual(many.versions(key), one.versions(key))
                self.assertIn(key, many)
        self.assertGreater(len(many.versions(MOVED)), 1)
        self.assertNotIn("NW202201050000099999", many)
        with self.assertRaises(newsarc.NotFoundError):
            many.versions("NW202201050000099999")

    def test_what_is_counted_is_the_same(self):
        one, many = self.open(self.path).info, self.open(self.set).info
        # Not what is stored of it: no volume has the content of another.
        for name in ("generation", "rows", "content_size", "current_rows", "current_posts",
                     "current_size", "first_local_time", "last_local_time"):
            self.assertEqual(getattr(many, name), getattr(one, name), name)
        self.assertEqual(self.open(self.set).generation_time(3), time_of_night(3))

    def test_volumes_are_those_of_narc(self):
        volumes = self.open(self.set).volumes
        told = json.loads(run("info", "--json", self.set))["volumes"]
        self.assertEqual(len(volumes), 3)
        for volume, narc_says in zip(volumes, told, strict=True):
            facts = dataclasses.asdict(volume)
            self.assertEqual({name: facts[name] for name in narc_says}, narc_says)
            self.assertEqual((self.set / volume.name).stat().st_size, volume.size)
        self.assertEqual([volume.first_generation for volume in volumes], [1, 2, 3])
        self.assertEqual(self.open(self.path).volumes, ())

    def test_volumes_have_the_dates_and_rows_of_their_posts(self):
        months = self.folder / "months"
        run("pack", "--preset", "fast", "--split", "month", os.fspath(months) + "/", self.site)
        with newsarc.open(months) as archive:
            posts = list(archive)
            self.assertGreater(len(archive.volumes), 2)
            for volume in archive.volumes:
                dates = [post.date.replace(tzinfo=None) for post in posts
                         if volume.first_row <= post.row < volume.first_row + volume.rows]
                self.assertEqual(len(dates), volume.rows)
                self.assertEqual((volume.first_date, volume.last_date), (min(dates), max(dates)))
                self.assertEqual(volume.label, f"{dates[0]:%Y-%m}")
            self.assertEqual(sum(volume.rows for volume in archive.volumes), len(posts))

            # Of a set that was divided, generations and rows have other numbers.
            def plain(posts):
                return {dataclasses.replace(post, generation=0, version=0, row=0)
                        for post in posts}
            with newsarc.open(self.path) as one:
                self.assertEqual(plain(posts), plain(one))

    def test_a_volume_without_rows_has_no_dates(self):
        (self.folder / "empty").mkdir()
        place = os.fspath(self.folder / "nothing")
        run("pack", place + "/", self.folder / "empty")
        with newsarc.open(place) as archive:
            self.assertEqual(list(archive), [])
            for volume in archive.volumes:
                self.assertEqual((volume.rows, volume.first_date, volume.last_date),
                                 (0, None, None))

    def test_what_is_added_shows_when_it_is_opened_anew(self):
        archive = self.open(self.set)
        before = list(archive)
        (self.site / "later.txt").write_text("It came later.\n")
        write("append", 4, self.site, os.fspath(self.set) + "/")
        self.assertEqual(list(archive), before)
        self.assertNotIn("later.txt", archive)
        self.assertEqual(self.open(self.set)["later.txt"].text, "It came later.\n")

    def test_damage_is_told_with_the_volume_that_it_is_in(self):
        self.assertTrue(self.open(self.set).verify().is_good)
        volume = self.open(self.set).volumes[0]
        path = self.set / volume.name
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 1
        path.write_bytes(data)
        with newsarc.open(self.set) as archive:
            damages = archive.verify().damages
            self.assertEqual({damage.volume for damage in damages}, {volume.name})
        with newsarc.open(self.set, keep_going=True) as archive:
            lost = sum(damage.entries for damage in damages)
            read = 0
            for post in archive:
                try:
                    read += len(post.content) == post.size
                except newsarc.CorruptError:
                    pass
            self.assertEqual(read, len(archive) - lost)
        newsarc.pack(self.path, [("a", b"b" * 5000)], replace=True, preset="fast")
        self.path.write_bytes(self.path.read_bytes()[:-130] + b"!" * 10)
        with newsarc.open(self.path, keep_going=True) as archive:
            self.assertEqual({damage.volume for damage in archive.verify().damages}, {None})

    def test_limits_hold(self):
        with newsarc.open(self.set, limits=newsarc.Limits(record=1)) as archive:
            with self.assertRaises(newsarc.LimitError):
                archive[MOVED].content

    def test_a_closed_set_says_so(self):
        archive = newsarc.open(self.set)
        post = archive[MOVED]
        archive.close()
        for use in (lambda: archive.volumes, lambda: post.content, lambda: list(archive)):
            with self.assertRaises(newsarc.ClosedError):
                use()

    def test_a_folder_without_a_set_is_told_of(self):
        with self.assertRaises(newsarc.NotNewsarcError) as caught:
            newsarc.open(self.site)
        self.assertEqual(caught.exception.path, os.fspath(self.site))
        self.assertIn("newsarc-set", str(caught.exception))

    def test_a_manifest_that_is_damaged_is_told_of(self):
        manifest = self.set / "newsarc-set"
        data = bytearray(manifest.read_bytes())
        data[len(data) // 2] ^= 1
        manifest.write_bytes(data)
        with self.assertRaises(newsarc.CorruptError) as caught:
            newsarc.open(self.set)
        self.assertIn("newsarc-set", str(caught.exception))

    def test_a_volume_that_is_missing_is_told_of_when_it_is_read(self):
        archive = self.open(self.set)
        (self.set / archive.volumes[0].name).unlink()
        with self.assertRaises(newsarc.Error) as caught:
            [post.content for post in newsarc.open(self.set)]
        self.assertIn(archive.volumes[0].name, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
