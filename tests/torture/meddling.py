"""Other programs that meddle with the files of a zone while it is served."""

import contextlib
import shutil


class Files:
    """The files of one zone, and an old backup of them."""

    def __init__(self, folder, zone):
        self.both = [folder / f"{zone}.zone", folder / f"{zone}.zone.copy"]
        self.backup = folder.parent / "backup"

    def back_up(self):
        self.backup.mkdir(exist_ok=True)
        for file in self.both:
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(file, self.backup / file.name)

    def meddle(self, chance):
        """Does one of the things that people and their tools do to files."""
        chosen = [self.both[:1], self.both[1:], self.both][chance.randrange(3)]
        way = chance.choice(WAYS)
        for file in chosen:
            with contextlib.suppress(FileNotFoundError):
                way(self, file)
        return way.__name__

    def delete(self, file):
        file.unlink()

    def move(self, file):
        file.rename(file.with_name(file.name + ".moved"))

    def truncate(self, file):
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size // 2)

    def empty(self, file):
        file.write_bytes(b"")

    def edit(self, file):
        """As `sed -i` does: a new file takes the name."""
        new = file.with_name("sed-temporary")
        new.write_bytes(file.read_bytes().replace(b"11.", b"12.", 1))
        new.rename(file)

    def restore(self, file):
        """As `cp` does: the old bytes into the file that is there."""
        shutil.copy(self.backup / file.name, file)

    def restore_anew(self, file):
        """As backup tools do: a new file takes the name."""
        new = file.with_name("restored")
        shutil.copy(self.backup / file.name, new)
        new.rename(file)

    def append(self, file):
        with file.open("ab") as opened:
            opened.write(b"a line of somebody else\n")


WAYS = [
    Files.delete,
    Files.move,
    Files.truncate,
    Files.empty,
    Files.edit,
    Files.restore,
    Files.restore_anew,
    Files.append,
]
