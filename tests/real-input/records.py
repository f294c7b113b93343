#!/usr/bin/env python3
"""Makes the records of the run on real input, and what must come of them.

    records.py unicode FILE           the Unicode character database: code point -> rest of line
    records.py files FOLDER...        the files of a system: path -> size, mode and hash
    records.py sort FILE...           records in the order of their keys
    records.py changes BASE FOLDER    from sorted records: what each side changes, and the outcome

Records are lines as kvs exports them, so that files can be compared byte for byte.
"""

import base64
import hashlib
import json
import multiprocessing
import os
import stat
import sys

SKIPPED = {b"/dev", b"/proc", b"/run", b"/sys", b"/tmp", b"/var/tmp", b"/mnt", b"/media"}


def field(name, data):
    """A field of a record: text, or base64 where the bytes are not UTF-8."""
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {name + "_b64": base64.b64encode(data).decode("ascii")}


def line(key, value):
    """A record as kvs writes it."""
    record = field("key", key) | field("value", value)
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def parse(text):
    """The key and value of a record."""
    record = json.loads(text)

    def get(name):
        if name in record:
            return record[name].encode("utf-8")
        return base64.b64decode(record[name + "_b64"])

    return get("key"), get("value")


def write(path, records):
    """Writes records in the order of their keys."""
    with open(path, "w", encoding="utf-8") as out:
        for key in sorted(records):
            out.write(line(key, records[key]))


def unicode(path):
    """One record a code point."""
    with open(path, "rb") as database:
        for text in database:
            key, value = text.rstrip(b"\n").split(b";", 1)
            sys.stdout.write(line(key, value))


def describe(path):
    """The record of a file, or nothing where it cannot be read."""
    try:
        found = os.lstat(path)
        about = {"size": found.st_size, "mode": stat.filemode(found.st_mode)}
        if stat.S_ISLNK(found.st_mode):
            about["link"] = os.fsdecode(os.readlink(path)).encode("utf-8", "replace").decode()
        elif stat.S_ISREG(found.st_mode):
            with open(path, "rb") as opened:
                about["sha256"] = hashlib.file_digest(opened, "sha256").hexdigest()
        else:
            return None
    except OSError:
        return None
    return line(path, json.dumps(about).encode("utf-8"))


def walk(folders):
    """The paths of all files below the folders, on the same disk as they are."""
    for folder in folders:
        for place, below, names in os.walk(os.fsencode(folder)):
            below[:] = sorted(b for b in below if os.path.join(place, b) not in SKIPPED)
            for name in sorted(names):
                yield os.path.join(place, name)


def files(folders):
    """One record a file."""
    with multiprocessing.Pool() as pool:
        for text in pool.imap(describe, walk(folders), chunksize=256):
            if text is not None:
                sys.stdout.write(text)


def changes(base_path, folder):
    """Two sides change different keys, and one the same: there the second side wins."""
    with open(base_path, encoding="utf-8") as base_file:
        base = dict(parse(text) for text in base_file)
    outcome = dict(base)
    sides = {"ours": ({}, []), "theirs": ({}, [])}
    for index, key in enumerate(sorted(base)):
        for side, offset in (("ours", 0), ("theirs", 50)):
            puts, deletes = sides[side]
            if index % 100 == offset:
                puts[key] = base[key] + b" changed by " + side.encode()
            elif index % 1000 == offset + 1:
                deletes.append(key)
    for side, (puts, deletes) in sides.items():
        for number in range(1000):
            puts[b"added/%s/%04d" % (side.encode(), number)] = b"%d" % number
        # A key that both sides change; "theirs" pulls second, and keeps its own.
        puts[b"added/both"] = side.encode()
        # Each side deletes only what neither puts.
        for key in deletes:
            del outcome[key]
        outcome.update(puts)
        write(os.path.join(folder, side + ".puts.jsonl"), puts)
        with open(os.path.join(folder, side + ".deletes"), "wb") as out:
            out.write(b"".join(key + b"\0" for key in deletes))
    write(os.path.join(folder, "outcome.jsonl"), outcome)


def main():
    """Does what the arguments say."""
    sys.stdout.reconfigure(encoding="utf-8")
    match sys.argv[1:]:
        case ["unicode", path]:
            unicode(path)
        case ["files", *folders] if folders:
            files(folders)
        case ["sort", *paths] if paths:
            records = {}
            for path in paths:
                with open(path, encoding="utf-8") as opened:
                    records.update(parse(text) for text in opened)
            write("/dev/stdout", records)
        case ["changes", base, folder]:
            changes(base, folder)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
