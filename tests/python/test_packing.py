# SPDX-License-Identifier: BSD-2-Clause
"""What is packed is what was given, and nothing is left of what failed."""
import datetime
import errno
import io
import os
import pathlib
import random
import signal
import threading
import unittest

import newsarc
from support import FILES, FIRST, InFolder, make_site, run


class Slow(io.BytesIO):
    """A file that is not read until it is told to go on."""

    def __init__(self, content):
        super().__init__(content)
        self.at_work, self.go_on = threading.Event(), threading.Event()

    def read(self, size=-1):
        self.at_work.set()
        self.go_on.wait()
        return super().read(size)


class PackingTest(InFolder):
    def read_all(self):
        with newsarc.open(self.path) as archive:
            return {post.path: post.content for post in archive}

    def assert_untouched(self):
        """Nothing but what was there, and that as it was."""
        self.assertEqual(os.listdir(self.folder), ["news.narc"])
        self.assertEqual(self.read_all(), dict(FILES))

    def test_entries_are_kept_byte_for_byte(self):
        result = newsarc.pack(self.path, FILES)
        self.assertEqual((result.rows, result.posts, result.generation), (3, 2, 1))
        self.assertEqual(result.archive_size, self.path.stat().st_size)
        self.assertEqual(self.read_all(), dict(FILES))

    def test_entries_have_what_files_have(self):
        newsarc.pack(self.path, [
            newsarc.Entry("link", b"target", 5, 0o777, True),
            newsarc.Entry(b"odd\xff", b"1", -1_500_000_001, 0o600),
            ("bytearray", bytearray(b"2")), ("view", memoryview(b"345")[1:2]), ("empty", b"")])
        with newsarc.open(self.path) as archive:
            link = archive["link"]
            self.assertEqual((link.type, link.content, link.mtime_ns), ("symlink", b"target", 5))
            odd = archive["odd\udcff"]
            self.assertEqual((odd.mtime_ns, odd.permissions), (-1_500_000_001, 0o600))
            self.assertEqual(os.fsencode(odd.path), b"odd\xff")
            self.assertEqual(odd.mtime, datetime.datetime(1969, 12, 31, 23, 59, 58, 499999,
                                                          datetime.timezone.utc))
            self.assertEqual([archive[key].content for key in ("bytearray", "view", "empty")],
                             [b"2", b"4", b""])

    def test_contents_are_read_from_files_to_their_end(self):
        class Piecewise(io.BytesIO):
            def read(self, size=-1):
                return super().read(min(size, 1000))

        content = os.urandom(1 << 20)
        newsarc.pack(self.path, [("a", io.BytesIO(content)), ("b", Piecewise(content)),
                                 ("c", io.BytesIO(b""))])
        self.assertEqual(self.read_all(), {"a": content, "b": content, "c": b""})

    def test_what_is_no_content_is_refused(self):
        for wrong in "text", None, 7, io.StringIO("text"):
            with self.assertRaises(TypeError):
                newsarc.pack(self.path, [("a", wrong)])
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_a_file_raises_comes_out(self):
        class Broken:
            def read(self, size):
                raise EOFError("broken")

        with self.assertRaisesRegex(EOFError, "broken"):
            newsarc.pack(self.path, [("a", Broken())])
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_file_that_gives_more_than_was_asked_for_does_no_harm(self):
        class Generous:
            def read(self, size):
                return b"x" * (size + 1)

        with self.assertRaises(ValueError):
            newsarc.pack(self.path, [("a", Generous())])

    def test_trees_are_packed_as_narc_packs_them(self):
        site = self.folder / "site"
        make_site(site)
        run("pack", "--timezone", "America/New_York", self.folder / "theirs.narc", site)
        newsarc.pack(self.path, trees=[site], zone="America/New_York")
        self.assertEqual(self.path.read_bytes(), (self.folder / "theirs.narc").read_bytes())

    def test_the_archive_is_not_packed_into_itself(self):
        (self.folder / "a.txt").write_bytes(b"a")
        newsarc.pack(self.path, trees=[self.folder])
        newsarc.pack(self.path, trees=[self.folder], replace=True)
        self.assertEqual(self.read_all(), {"a.txt": b"a"})

    def test_an_archive_that_exists_is_replaced_only_if_so_asked(self):
        newsarc.pack(self.path, FILES)
        with self.assertRaises(FileExistsError) as caught:
            newsarc.Packer(self.path)
        self.assertIsInstance(caught.exception, newsarc.ExistsError)
        self.assertEqual(caught.exception.errno, errno.EEXIST)
        self.assertEqual(caught.exception.filename, str(self.path))
        self.assert_untouched()
        newsarc.pack(self.path, [("a", b"b")], replace=True)
        self.assertEqual(self.read_all(), {"a": b"b"})

    def test_an_exception_leaves_all_as_it_was(self):
        newsarc.pack(self.path, FILES)
        for options in {"replace": True}, {"appending": True}:
            with self.assertRaises(ZeroDivisionError):
                with newsarc.Packer(self.path, **options) as packer:
                    packer.add("a", b"b")
                    1 // 0
            self.assert_untouched()
            with self.assertRaises(newsarc.ClosedError):
                packer.add("c", b"d")
        # The lock is gone, too.
        self.assertEqual(newsarc.append(self.path, [("a", b"b")]).generation, 2)

    def test_a_packer_that_was_committed_takes_no_more(self):
        with newsarc.Packer(self.path) as packer:
            packer.add(*FILES[0])
            result = packer.commit()
        self.assertEqual(result.rows, 1)
        self.assertIs(packer.result, result)
        for call in packer.commit, packer.__enter__, lambda: packer.add_tree(self.folder):
            with self.assertRaises(newsarc.ClosedError):
                call()
        packer.close()

    def test_what_is_new_is_appended(self):
        newsarc.pack(self.path, FILES)
        result = newsarc.append(self.path, FILES + [("new", b"new")])
        self.assertEqual((result.generation, result.rows, result.unchanged), (2, 1, 3))
        self.assertEqual(self.read_all(), {**dict(FILES), "new": b"new"})
        self.assertEqual(newsarc.append(self.path, FILES).generation, 2)

    def test_one_can_read_while_another_appends(self):
        newsarc.pack(self.path, FILES)
        with newsarc.open(self.path) as archive:
            newsarc.append(self.path, [("new", b"new")])
            self.assertNotIn("new", archive)
            self.assertEqual(archive[FIRST].content, FILES[0][1])

    def test_nothing_is_appended_to_what_is_not_there(self):
        with self.assertRaises(FileNotFoundError):
            newsarc.append(self.path, FILES)
        self.assertEqual(os.listdir(self.folder), [])

    def test_options_are_obeyed(self):
        files = [(f"{number}.md", b"%d\n" % number * 3000) for number in range(50)]
        blocks = {}
        for name, options in {"one": {"block_size": 0}, "many": {"block_size": 1 << 20}}.items():
            path = self.folder / name
            blocks[name] = newsarc.pack(path, files, **options).blocks
        self.assertEqual(blocks["one"], 50)
        self.assertEqual(blocks["many"], 1)
        newsarc.pack(self.path, files, parity=0.05, preset="fast", level=1, dictionary_size=0,
                     threads=1)
        with newsarc.open(self.path) as archive:
            self.assertEqual(archive.info.parity_strength, 0.05)
            self.assertEqual(archive.info.dictionaries, 0)

    def test_options_that_make_no_sense_are_refused(self):
        for options in ({"preset": "best"}, {"level": 99}, {"parity": 2.0},
                        {"zone": "Nowhere/Atlantis"}, {"zone": "../../etc/passwd"},
                        {"zone": ""}):
            with self.assertRaises(newsarc.MisuseError, msg=options):
                newsarc.pack(self.path, FILES, **options)
        for make in newsarc.pack, newsarc.append:
            with self.assertRaises(TypeError):
                make(self.path, FILES, colour="red")
        with self.assertRaisesRegex(ValueError, "not both"):
            newsarc.append(self.path, FILES, replace=True)
        with self.assertRaises(OverflowError):
            newsarc.pack(self.path, FILES, block_size=-1)
        with self.assertRaises(newsarc.MisuseError):
            newsarc.pack(self.path, [("/", b"")])
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_packer_at_work_is_not_called_again(self):
        raised = []

        class Nested:
            def read(self, size):
                try:
                    packer.add("b", b"")
                except newsarc.MisuseError as error:
                    raised.append(error)
                return b""

        with newsarc.Packer(self.path) as packer:
            packer.add("a", Nested())
        self.assertEqual(len(raised), 1)
        self.assertEqual(self.read_all(), {"a": b""})

    def test_a_packer_at_work_is_not_committed(self):
        newsarc.pack(self.path, FILES)
        for options in {"appending": True}, {"replace": True}:
            raised = []

            class Nested:
                def read(self, size):
                    if raised:
                        return b""
                    try:
                        packer.commit()
                    except newsarc.MisuseError as error:
                        raised.append(error)
                    return b"b"

            packer = newsarc.Packer(self.path, **options)
            packer.add("a", Nested())
            self.assertEqual(len(raised), 1)
            # All is as it was before that call.
            packer.add("c", b"d")
            packer.commit()
            self.assertEqual(self.read_all()["a"], b"b")
            self.assertEqual(self.read_all()["c"], b"d")

    def test_a_packer_at_work_is_left_alone_by_other_threads(self):
        newsarc.pack(self.path, FILES)
        slow = Slow(b"b")
        self.addCleanup(slow.go_on.set)
        packer = newsarc.Packer(self.path, appending=True)
        adding = threading.Thread(target=packer.add, args=("a", slow))
        adding.start()
        slow.at_work.wait()
        for call in packer.commit, lambda: packer.add("c", b"d"):
            with self.assertRaises(newsarc.MisuseError):
                call()
        slow.go_on.set()
        adding.join()
        packer.commit()
        self.assertEqual(self.read_all(), {**dict(FILES), "a": b"b"})
        # Whatever happened, nobody has to wait for a lock that is left.
        locked = [link for link in pathlib.Path("/proc/self/fd").iterdir()
                  if link.is_symlink() and os.readlink(link) == str(self.path)]
        self.assertEqual(locked, [])

    def test_the_end_of_a_with_statement_closes_a_packer_at_work(self):
        newsarc.pack(self.path, FILES)
        slow = Slow(b"b")
        self.addCleanup(slow.go_on.set)
        with self.assertRaises(newsarc.MisuseError):
            with newsarc.Packer(self.path, appending=True) as packer:
                adding = threading.Thread(target=packer.add, args=("a", slow))
                adding.start()
                slow.at_work.wait()
        slow.go_on.set()
        adding.join()
        self.assert_untouched()
        self.assertEqual(newsarc.append(self.path, [("c", b"d")]).generation, 2)

    def test_what_a_handler_of_a_signal_raises_ends_writing(self):
        class Stopped(Exception):
            pass

        def stop(number, frame):
            raise Stopped

        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, stop))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        newsarc.pack(self.path, FILES)
        # What takes seconds to be compressed, many of them.
        words = [os.urandom(2).hex() for _ in range(3000)]
        large = [(str(number), " ".join(random.choices(words, k=40000)).encode())
                 for number in range(150)]
        for options in {"appending": True}, {"replace": True}:
            with self.assertRaises(Stopped):
                with newsarc.Packer(self.path, level=22, threads=1, **options) as packer:
                    for entry in large:
                        packer.add(*entry)
                    signal.setitimer(signal.ITIMER_REAL, 0.2)
            self.assert_untouched()
            self.assertRaises(newsarc.ClosedError, packer.commit)
        self.assertEqual(newsarc.append(self.path, [("a", b"b")]).generation, 2)

    def test_zones_are_python_s(self):
        summer = [("2022-07-05-a.md", b"---\ndate: 2022-07-05 12:00:00\n---\n"),
                  ("2022-01-05-b.md", b"---\ndate: 2022-01-05 12:00:00\n---\n")]
        newsarc.pack(self.path, summer, zone="America/New_York")
        with newsarc.open(self.path) as archive:
            self.assertEqual([post.zone_minutes for post in archive], [-300, -240])

    def test_notices_are_told(self):
        os.mkfifo(self.folder / "pipe")
        notices = []
        result = newsarc.pack(self.path, [("a", b"1"), ("a", b"2")], trees=[self.folder],
                              on_notice=notices.append)
        self.assertEqual(result.notices, 2)
        self.assertEqual({notice.kind for notice in notices}, {"skipped", "replaced"})
        self.assertTrue(all(notice.path and notice.text for notice in notices))

    def test_what_on_notice_raises_comes_out(self):
        def refuse(notice):
            raise RuntimeError(notice.kind)

        with self.assertRaisesRegex(RuntimeError, "replaced"):
            newsarc.pack(self.path, [("a", b"1"), ("a", b"2")], on_notice=refuse)
        self.assertEqual(self.read_all(), {"a": b"2"})


if __name__ == "__main__":
    unittest.main()
