# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong is said: what, where, and as which exception."""
import copy
import errno
import os
import pickle
import unittest

import newsarc
from newsarc import errors
from support import FILES, FIRST, InFolder, run


class ErrorsTest(InFolder):
    def setUp(self):
        super().setUp()
        # Each in a block of its own, and no dictionary, so that damage is of one alone.
        newsarc.pack(self.path, FILES, block_size=0, dictionary_size=0, preset="fast")
        self.whole = self.path.read_bytes()

    def damage(self, content):
        """Destroys the frame that the content is in."""
        place = self.whole.find(content[-10:])
        self.assertGreater(place, 0, "fast presets keep short literals as they are")
        self.path.write_bytes(self.whole[:place] + b"!" + self.whole[place + 1:])

    def test_a_missing_file_is_file_not_found(self):
        for name in "nothing", "no/folder":
            with self.assertRaises(FileNotFoundError) as caught:
                newsarc.open(self.folder / name)
            raised = caught.exception
            self.assertIsInstance(raised, newsarc.InputOutputError)
            self.assertEqual(raised.filename, str(self.folder / name))
            self.assertIn(str(self.folder / name), str(raised))
            self.assertEqual(raised.status, "IO")
            self.assertIsNone(raised.offset)

    def test_a_folder_is_no_archive(self):
        with self.assertRaises(newsarc.Error) as caught:
            newsarc.open(self.folder)
        self.assertIn(str(self.folder), str(caught.exception))

    def test_another_file_is_no_archive(self):
        for data in b"", b"x", b"x" * 10000:
            self.path.write_bytes(data)
            with self.assertRaises(newsarc.NotNewsarcError) as caught:
                newsarc.open(self.path)
            self.assertEqual(caught.exception.path, str(self.path))
            with self.assertRaises(newsarc.NotNewsarcError):
                newsarc.Archive.from_bytes(data)

    def test_a_damaged_post_is_corrupt_and_says_where(self):
        self.damage(FILES[0][1])
        with newsarc.open(self.path) as archive:
            post = archive[FIRST]
            for read in lambda: post.content, lambda: post.text:
                with self.assertRaises(newsarc.CorruptError) as caught:
                    read()
                raised = caught.exception
                self.assertEqual(raised.status, "CORRUPT")
                self.assertGreater(raised.offset, 0)
                self.assertLess(raised.offset, len(self.whole))
                self.assertTrue(raised.stage)
                self.assertEqual(raised.path, post.path)
                for part in post.path, str(raised.offset), raised.stage, raised.message:
                    self.assertIn(part, str(raised))
            # The others are none the worse.
            good = {post.path: post.content for post in archive if post.path != FILES[0][0]}
            self.assertEqual(good, dict(FILES[1:]))

    def test_verify_finds_the_damage_and_what_it_touches(self):
        self.damage(FILES[0][1])
        told = []

        def report(damage, posts):
            posts = list(posts)
            told.append((damage, posts))
            for post in posts:
                with self.assertRaises(newsarc.CorruptError):
                    post.content

        with newsarc.open(self.path) as archive:
            result = archive.verify(report=report)
            self.assertFalse(result.is_good)
            self.assertEqual((result.entries, result.good_entries), (3, 2))
            (damage, posts), = told
            self.assertEqual(result.damages, (damage,))
            self.assertEqual((damage.entries, damage.versions, damage.unnamed), (1, 0, 0))
            self.assertEqual([post.path for post in posts], [FILES[0][0]])
            self.assertGreater(damage.length, 0)
            self.assertTrue(archive.verify(quick=True).is_good)

    def test_posts_of_a_damage_are_of_no_use_afterwards(self):
        self.damage(FILES[0][1])
        kept = []
        with newsarc.open(self.path) as archive:
            archive.verify(report=lambda damage, posts: kept.append(posts))
            with self.assertRaises(newsarc.ClosedError):
                next(kept[0])

    def test_what_a_report_raises_ends_verifying(self):
        self.damage(FILES[0][1])
        with newsarc.open(self.path) as archive:
            with self.assertRaises(ZeroDivisionError):
                archive.verify(report=lambda damage, posts: 1 // 0)
            self.assertEqual(len(archive.verify().damages), 1)

    def test_a_walk_goes_on_behind_what_is_damaged(self):
        site = [(f"{n:03}.md", os.urandom(3000)) for n in range(100)]
        newsarc.pack(self.path, site, block_size=10000, replace=True)
        data = bytearray(self.path.read_bytes())
        with newsarc.open(self.path) as archive:
            offset = archive.info.blocks_offset + archive.info.blocks_size // 2
        data[offset - 8000:offset + 8000] = bytes(16000)
        self.path.write_bytes(data)
        with newsarc.open(self.path) as archive:
            walk, good, bad = iter(archive), {}, 0
            while True:
                try:
                    post = next(walk)
                    good[post.path] = post.content
                except StopIteration:
                    break
                except newsarc.CorruptError:
                    bad += 1
            self.assertGreater(bad, 0)
            self.assertGreater(len(good), 80)
            self.assertEqual(good, {path: content for path, content in site if path in good})

    def test_a_file_that_was_cut_off_is_read_by_keeping_going(self):
        self.path.write_bytes(self.whole[:-200])
        with self.assertRaises(newsarc.CorruptError):
            newsarc.open(self.path)
        for archive in (newsarc.open(self.path, keep_going=True),
                        newsarc.Archive.from_bytes(self.path.read_bytes(), keep_going=True)):
            with archive:
                self.assertIsInstance(archive.opening_error, newsarc.CorruptError)
                self.assertEqual({post.path: post.content for post in archive}, dict(FILES))

    def test_a_whole_archive_has_no_opening_error(self):
        for keep_going in False, True:
            with newsarc.open(self.path, keep_going=keep_going) as archive:
                self.assertIsNone(archive.opening_error)

    def test_limits_hold(self):
        with newsarc.open(self.path, limits=newsarc.Limits(record=20)) as archive:
            self.assertEqual(archive["assets/plain.txt"].content, b"No post.\n")
            with self.assertRaises(newsarc.LimitError):
                archive[FIRST].content
        with newsarc.open(self.path, limits=newsarc.Limits(output=20)) as archive:
            archive["assets/plain.txt"].content
            archive["assets/plain.txt"].content
            with self.assertRaises(newsarc.LimitError):
                archive["assets/plain.txt"].content

    def test_what_is_too_large_for_memory_comes_in_pieces(self):
        content = os.urandom(300_000)
        newsarc.pack(self.path, [("large", content)], replace=True)
        with newsarc.open(self.path, limits=newsarc.Limits(block=100_000)) as archive:
            self.assertEqual(archive["large"].content, content)
            sizes = []

            class Counting:
                def write(self, data):
                    sizes.append(len(data))

            archive["large"].write_to(Counting())
            self.assertGreater(len(sizes), 1)
            self.assertEqual(sum(sizes), len(content))

    def test_every_status_has_an_exception_of_its_own(self):
        statuses = errors.ffi.typeof("enum narc_status").elements
        for value, name in statuses.items():
            if name not in ("NARC_OK", "NARC_END"):
                self.assertIn(value, errors.BY_STATUS, name)
        kinds = list(errors.BY_STATUS.values())
        self.assertEqual(len(set(kinds)), len(kinds))
        for kind in kinds + list(errors.BY_ERRNO.values()):
            self.assertTrue(issubclass(kind, newsarc.Error))
            self.assertIs(getattr(newsarc, kind.__name__), kind)

    def test_exceptions_pass_between_processes(self):
        with self.assertRaises(newsarc.MissingFileError) as caught:
            newsarc.open(self.folder / "nothing")
        raised = caught.exception
        raised.__notes__ = ["in the night of 5 January"]
        copies = [pickle.loads(pickle.dumps(raised, protocol))
                  for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
        for copied in copies + [copy.copy(raised), copy.deepcopy(raised)]:
            self.assertIs(type(copied), newsarc.MissingFileError)
            self.assertEqual(str(copied), str(raised))
            self.assertEqual(vars(copied), vars(raised))
            self.assertEqual((copied.errno, copied.strerror, copied.filename),
                             (errno.ENOENT, raised.message, str(self.folder / "nothing")))

    def test_every_exception_can_be_pickled(self):
        for kind in (*errors.BY_STATUS.values(), *errors.BY_ERRNO.values(), newsarc.ClosedError):
            raised = kind("what", status="ANY", stage="here", offset=7, path="a")
            sent = pickle.loads(pickle.dumps(raised))
            self.assertIs(type(sent), kind)
            self.assertEqual(vars(sent), vars(raised))
            self.assertEqual(str(sent), "a: at byte 7, here: what")

    def test_nothing_of_an_archive_passes_for_anything_else_in_a_message(self):
        newsarc.pack(self.path, [("red\x1b[31m\u202e", b"x" * 100)], replace=True)
        with newsarc.open(self.path, limits=newsarc.Limits(record=20)) as archive:
            with self.assertRaises(newsarc.LimitError) as caught:
                next(iter(archive)).content
        self.assertIn("red\\x1b[31m\\u202e", str(caught.exception))
        self.assertTrue(str(caught.exception).isprintable())

    def test_a_post_cannot_be_changed(self):
        with newsarc.open(self.path) as archive:
            with self.assertRaises(AttributeError):
                archive[FIRST].path = "other"
            self.assertNotIn("_archive", repr(archive[FIRST]))


if __name__ == "__main__":
    unittest.main()
