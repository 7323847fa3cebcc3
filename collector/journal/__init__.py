"""The journal: every entry, in one order, on disk before it counts as taken.

port.py      what others need from a journal; `Journal` and `MemoryJournal` both are one
store.py     `Journal`: the one writer thread and its group commit
writer.py    what that thread does, and what happens when the disk is sick
tail.py      what waits for the disk, and what is given up when it waits too long
file.py      `JournalFile`: one SQLite file, one handle
rows.py      an entry as a row and back, with check sum and salted digest
schema.py    the schema number, the migrations (migrations/NNNN_*.sql), the refusal of newer files
archive.py   `Archive`: reading beside a running station, from the files of shelf.py
following.py `Follower`: reading on behind the writer, for the sinks
merge.py     take-over files back into the journal
backup.py    a consistent copy in one file, also while a station runs
erasure.py   what is taken out of it for good, and the tombstone that stays
written.py   which files with people's data were made of it, so that an erasure finds them
hold.py      taking hold of a data directory to write in it
lock.py      one station per data directory
health.py    how the journal fares, and the sentences for what is wrong with a disk
memory.py    `MemoryJournal`: the same contract without threads and disk, for simulations
"""
