# SPDX-License-Identifier: BSD-2-Clause
"""What is read is what was packed, and what narc says of it."""
import copy
import dataclasses
import datetime
import io
import json
import os
import pathlib
import pickle
import tempfile
import time
import unittest
import unittest.mock

import newsarc
from support import FILES, FIRST, SECOND, InFolder, make_site, run


def run_json(*arguments):
    """What narc lists, as objects."""
    return [json.loads(line) for line in run(*arguments, "--json").splitlines()]


def set_zone(test, zone):
    """The zone of the system, for this process and those that it starts."""
    changed = unittest.mock.patch.dict(os.environ, TZ=zone)
    changed.start()
    test.addCleanup(time.tzset)
    test.addCleanup(changed.stop)
    time.tzset()


class ReadingTest(InFolder):
    """An archive of three files."""

    def setUp(self):
        super().setUp()
        newsarc.pack(self.path, FILES)
        self.archive = newsarc.open(self.path)
        self.addCleanup(self.archive.close)

    def paths(self, posts):
        return [post.path for post in posts]

    def test_a_post_is_found_by_its_code_in_both_forms_and_by_its_path(self):
        for key in FIRST, FIRST[2:], FILES[0][0]:
            self.assertEqual(self.archive[key].path, FILES[0][0])
            self.assertIn(key, self.archive)
        self.assertEqual(self.archive["assets/plain.txt"].content, b"No post.\n")

    def test_a_post_has_what_its_front_matter_and_file_say(self):
        post = self.archive[FIRST]
        zone = datetime.timezone(datetime.timedelta(hours=8))
        self.assertEqual(post.info_code, FIRST)
        self.assertEqual(post.categories, ("emnews", "hegu"))
        self.assertEqual((post.kind, post.type, post.date_origin),
                         ("post", "regular", "front-matter"))
        self.assertEqual(post.date, datetime.datetime(2022, 1, 5, 11, 1, 51, tzinfo=zone))
        self.assertEqual(post.date.utcoffset(), datetime.timedelta(hours=8))
        self.assertEqual(post.content, FILES[0][1])
        self.assertEqual(post.text, FILES[0][1].decode())
        self.assertEqual(post.size, len(FILES[0][1]))
        self.assertEqual((post.generation, post.version, post.permissions), (1, 1, 0o644))
        self.assertFalse(post.is_redacted)
        self.assertIsNone(post.tombstone)

    def test_what_is_not_there_is_a_key_error(self):
        with self.assertRaises(KeyError) as caught:
            self.archive["NW202201050000000009"]
        self.assertIsInstance(caught.exception, newsarc.NotFoundError)
        self.assertEqual(caught.exception.status, "NOT_FOUND")
        self.assertIn("NW202201050000000009", str(caught.exception))
        self.assertNotIn("nothing", self.archive)
        self.assertNotIn(7, self.archive)
        self.assertIsNone(self.archive.get("nothing"))
        self.assertEqual(self.archive.get("nothing", 7), 7)
        with self.assertRaises(newsarc.NotFoundError):
            self.archive.versions("nothing")

    def test_a_key_with_a_nul_is_refused(self):
        with self.assertRaises(ValueError):
            self.archive["a\0b"]

    def test_what_is_no_key_is_in_no_archive(self):
        for key in "", "a\0b", "\0", "\ud800", b"bytes", None:
            self.assertNotIn(key, self.archive)

    def test_what_a_walk_gives_is_in_the_archive(self):
        posts = list(self.archive)
        for post in posts:
            self.assertIn(post, self.archive)
            self.assertNotIn(dataclasses.replace(post, hash=post.hash ^ 1), self.archive)
            self.assertNotIn(dataclasses.replace(post, path="elsewhere"), self.archive)
            self.assertNotIn(dataclasses.replace(post, row=7), self.archive)
        newsarc.append(self.path, [(FILES[0][0], FILES[0][1] + b"More.\n")])
        with newsarc.open(self.path) as archive:
            self.assertEqual([post in archive for post in posts], [True, False, True])
            self.assertIn(archive[FIRST], archive)

    def test_an_archive_is_true_also_if_it_is_empty(self):
        newsarc.pack(self.folder / "empty.narc")
        with newsarc.open(self.folder / "empty.narc") as archive:
            self.assertEqual(len(archive), 0)
            self.assertEqual(list(archive), [])
            self.assertTrue(archive)
        self.assertTrue(archive)

    def test_posts_come_by_date(self):
        self.assertEqual(len(self.archive), 3)
        self.assertEqual(self.paths(self.archive),
                         ["assets/plain.txt", FILES[0][0], FILES[1][0]])
        # As often as one likes.
        self.assertEqual(list(self.archive), list(self.archive))

    def test_days_are_chosen_by_text_and_by_date(self):
        first, second = FILES[0][0], FILES[1][0]
        for day in ("2022-01-05", datetime.date(2022, 1, 5), datetime.datetime(2022, 1, 5, 12)):
            self.assertEqual(self.paths(self.archive.day(day)), [first])
        self.assertEqual(self.paths(self.archive.day("2022-01")), [first, second])
        self.assertEqual(self.paths(self.archive.day("2022")), [first, second])
        self.assertEqual(self.paths(self.archive.between("2022-01-05", "2022-01")),
                         [first, second])
        self.assertEqual(self.paths(self.archive.between("2022-01-06", None)), [second])
        self.assertEqual(self.paths(self.archive.between(None, datetime.date(2022, 1, 5))),
                         ["assets/plain.txt", first])

    def test_seconds_are_chosen_by_datetime_both_inclusive(self):
        second = datetime.datetime(2022, 1, 6, 8, 30)
        one = datetime.timedelta(seconds=1)
        between = self.archive.between
        self.assertEqual(self.paths(between(second, second)), [FILES[1][0]])
        self.assertEqual(self.paths(between(second + one, None)), [])
        self.assertEqual(self.paths(between(second - 2 * one, second - one)), [])

    def test_what_is_no_day_is_refused(self):
        for wrong in "", "yesterday", "2022-13", "2022-02-30":
            with self.assertRaises(newsarc.MisuseError):
                self.archive.day(wrong)
        with self.assertRaisesRegex(ValueError, "without a zone"):
            self.archive.between(datetime.datetime.now(datetime.timezone.utc), None)

    def test_filters_choose(self):
        select = self.archive.select
        first, second, plain = (name for name, _ in FILES)
        self.assertEqual(self.paths(select(category="hegu")), [first])
        self.assertEqual(self.paths(select(category="emnews")), [first, second])
        self.assertEqual(self.paths(select(code="NW*0002")), [second])
        self.assertEqual(self.paths(select(path="assets/*")), [plain])
        self.assertEqual(self.paths(select(kind="file")), [plain])
        self.assertEqual(self.paths(select(kind="post", category="emnews", last="2022-01-05")),
                         [first])
        self.assertEqual(self.paths(self.archive.day("2022-01", category="hegu")), [first])
        self.assertEqual(self.paths(self.archive.find(FIRST, category="hegu")), [first])
        with self.assertRaises(newsarc.NotFoundError):
            self.archive.find(FIRST, category="none")
        with self.assertRaisesRegex(ValueError, "kind"):
            select(kind="posts")
        with self.assertRaises(TypeError):
            self.archive.day("2022", color="red")

    def test_contents_come_while_others_do(self):
        walk = iter(self.archive)
        posts = [next(walk), next(walk)]
        self.assertEqual([post.content for post in reversed(posts)], [FILES[0][1], FILES[2][1]])
        self.assertEqual(next(walk).content, FILES[1][1])
        self.assertRaises(StopIteration, next, walk)
        self.assertRaises(StopIteration, next, walk)

    def test_contents_are_written_to_files(self):
        file = io.BytesIO()
        self.archive[SECOND].write_to(file)
        self.assertEqual(file.getvalue(), FILES[1][1])

    def test_contents_are_written_whole_to_files_that_take_less_at_a_time(self):
        class Raw(io.RawIOBase):
            written = b""

            def writable(self):
                return True

            def write(self, data):
                taken = bytes(data[:5])
                self.written += taken
                return len(taken)

        file = Raw()
        self.archive[SECOND].write_to(file)
        self.assertEqual(file.written, FILES[1][1])

    def test_a_file_that_would_have_to_wait_is_told_of(self):
        newsarc.pack(self.path, [("large", os.urandom(1 << 20))], replace=True)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        with newsarc.open(self.path) as archive, open(writer, "wb", buffering=0) as pipe:
            with self.assertRaises(BlockingIOError):
                archive["large"].write_to(pipe)

    def test_an_exception_of_the_file_comes_out(self):
        class Full:
            def write(self, data):
                raise OSError(28, "no space")
        with self.assertRaisesRegex(OSError, "no space") as caught:
            self.archive[SECOND].write_to(Full())
        self.assertEqual(caught.exception.errno, 28)

    def test_a_post_is_a_dictionary_of_what_it_has(self):
        post = self.archive[FIRST]
        described = dataclasses.asdict(post)
        self.assertEqual(described["info_code"], FIRST)
        self.assertEqual(described["categories"], ("emnews", "hegu"))
        self.assertEqual({name for name in described if name.startswith("_")}, set())

    def test_a_copy_of_a_post_has_its_content(self):
        post = self.archive[FIRST]
        for copied in copy.copy(post), copy.deepcopy(post), copy.deepcopy([post])[0]:
            self.assertEqual(copied, post)
            self.assertEqual(copied.content, FILES[0][1])

    def test_a_post_goes_to_another_process_without_its_archive(self):
        post = self.archive[FIRST]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            sent = pickle.loads(pickle.dumps(post, protocol))
            self.assertEqual(sent, post)
            self.assertEqual(hash(sent), hash(post))
            self.assertEqual(repr(sent), repr(post))
            for read in lambda: sent.content, lambda: sent.write_to(io.BytesIO()):
                with self.assertRaisesRegex(newsarc.ClosedError, "without the archive"):
                    read()

    def test_a_post_that_was_changed_is_without_its_archive(self):
        other = dataclasses.replace(self.archive[FIRST], path="other")
        self.assertEqual(other.path, "other")
        with self.assertRaises(newsarc.ClosedError):
            other.content

    def test_an_archive_in_memory_is_read(self):
        with newsarc.Archive.from_bytes(self.path.read_bytes()) as archive:
            self.assertEqual(archive[FIRST].content, FILES[0][1])
            self.assertEqual(list(archive), list(self.archive))

    def test_info_says_what_there_is(self):
        info = self.archive.info
        self.assertEqual((info.generation, info.current_rows, info.current_posts), (1, 3, 2))
        self.assertEqual(info.file_size, self.path.stat().st_size)
        self.assertEqual(info.content_size, sum(len(content) for _, content in FILES))
        self.assertTrue(info.has_dates)

    def test_it_verifies_as_good(self):
        for options in {}, {"quick": True}, {"part": (1, 1)}, {"threads": 1}:
            result = self.archive.verify(**options)
            self.assertTrue(result.is_good)
            self.assertEqual((result.entries, result.good_entries), (3, 3))
        for part in (0, 3), (4, 3), (1, 0):
            with self.assertRaises(ValueError):
                self.archive.verify(part=part)


class HistoryTest(InFolder):
    """Generations, versions and tombstones."""

    def setUp(self):
        super().setUp()
        self.times = [datetime.datetime(2024, 1, day, tzinfo=datetime.timezone.utc)
                      for day in (1, 2, 3)]
        path, content = FILES[0]
        newsarc.pack(self.path, FILES)
        newsarc.append(self.path, [(path, content + b"More.\n")], time=self.times[1])
        newsarc.append(self.path, [(path, content + b"Less.\n")], time=self.times[2])

    def test_all_versions_are_there_and_the_last_one_counts(self):
        with newsarc.open(self.path) as archive:
            self.assertEqual([post.content[-6:] for post in archive.versions(FIRST)],
                             [b"first.\n"[-6:], b"More.\n", b"Less.\n"])
            self.assertEqual([post.version for post in archive.versions(FIRST)], [1, 2, 3])
            self.assertTrue(archive[FIRST].text.endswith("Less.\n"))
            self.assertEqual(len(archive), 3)
            self.assertEqual(len(list(archive.select(all_versions=True))), 5)
            self.assertEqual([post.generation for post in archive.select(version=2)], [2])

    def test_what_was_current_is_found_by_generation_and_time(self):
        hour = datetime.timedelta(hours=1)
        with newsarc.open(self.path) as archive:
            self.assertEqual(archive.generation_time(2), self.times[1])
            for as_of in 2, self.times[1], self.times[2] - hour:
                post, = archive.select(as_of=as_of, category="hegu")
                self.assertTrue(post.text.endswith("More.\n"))
            with self.assertRaises(newsarc.NotFoundError):
                archive.select(as_of=9)
            with self.assertRaises(newsarc.NotFoundError):
                archive.generation_time(9)
            with self.assertRaises(newsarc.NotFoundError):
                archive.select(as_of=datetime.datetime(1960, 1, 1, tzinfo=datetime.timezone.utc))

    def test_what_was_current_at_the_end_of_a_day_is_what_narc_says(self):
        for zone in "UTC", "Asia/Shanghai", "America/New_York":
            set_zone(self, zone)
            for day in range(1, 5):
                date = datetime.date(2024, 1, day)
                listed = run_json("list", "--as-of", date.isoformat(), self.path)
                with newsarc.open(self.path) as archive:
                    self.assertEqual([(post.path, post.version)
                                      for post in archive.select(as_of=date)],
                                     [(entry["path"], entry["version"]) for entry in listed])

    def test_times_without_a_zone_are_refused(self):
        with newsarc.open(self.path) as archive:
            for use in (lambda time: archive.select(as_of=time),
                        lambda time: newsarc.append(self.path, [("a", b"")], time=time)):
                with self.assertRaisesRegex(ValueError, "with a zone"):
                    use(datetime.datetime(2024, 1, 2))

    def test_what_is_neither_generation_nor_time_is_refused(self):
        with newsarc.open(self.path) as archive:
            for wrong in "2024-01-02", True, 2.0, None:
                with self.assertRaisesRegex(TypeError, "as_of is a generation, a date"):
                    archive.select(as_of=wrong)

    def test_a_redacted_post_has_a_tombstone_and_no_content(self):
        run("redact", "--reason", "court order", self.path, FIRST)
        with newsarc.open(self.path) as archive:
            self.assertNotIn(FIRST, archive)
            versions = archive.versions(FIRST)
            self.assertEqual([post.is_redacted for post in versions], [True] * 3)
            tombstone = versions[0].tombstone
            self.assertEqual(tombstone.reason, "court order")
            self.assertEqual(len(tombstone.sha256), 32)
            self.assertIsNotNone(tombstone.time.tzinfo)
            with self.assertRaises(newsarc.NotFoundError):
                versions[0].content
            with self.assertRaises(newsarc.NotFoundError):
                versions[0].write_to(io.BytesIO())


class OddSiteTest(unittest.TestCase):
    """Every odd file we know of."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="newsarc-test.")
        cls.addClassCleanup(scratch.cleanup)
        cls.site = pathlib.Path(scratch.name) / "site"
        cls.path = pathlib.Path(scratch.name) / "news.narc"
        make_site(cls.site)
        newsarc.pack(cls.path, trees=[cls.site])
        cls.archive = newsarc.open(cls.path)
        cls.addClassCleanup(cls.archive.close)

    def test_every_post_is_what_narc_lists(self):
        def described(post):
            return {"path": post.path, "kind": post.kind, "info_code": post.info_code,
                    "date": post.date.isoformat(), "size": post.size,
                    "hash": f"{post.hash:016x}", "version": post.version,
                    "categories": list(post.categories), "type": post.type,
                    "date_origin": post.date_origin, "mode": f"{post.permissions:04o}",
                    "mtime": post.mtime_ns // 10**9, "generation": post.generation,
                    "mtime_nanoseconds": post.mtime_ns % 10**9}

        listed = run_json("list", self.path)
        for line in listed:
            del line["category"]  # categories in one string
        read = [described(post) for post in self.archive]
        self.assertGreater(len(read), 50)
        self.assertEqual(read, listed)

    def test_every_content_is_the_file_s_own(self):
        for post in self.archive:
            file = os.fsencode(self.site) + b"/" + os.fsencode(post.path)
            self.assertEqual(post.mtime_ns, os.lstat(file).st_mtime_ns, post.path)
            if post.type == "symlink":
                self.assertEqual(post.content, os.readlink(file))
                continue
            with open(file, "rb") as opened:
                self.assertEqual(post.content, opened.read(), post.path)

    def test_every_file_is_found_by_its_path(self):
        for post in self.archive:
            self.assertIn(post, self.archive.find(post.path))


if __name__ == "__main__":
    unittest.main()
