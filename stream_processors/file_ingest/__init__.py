"""The function that takes in files which were dropped under the landing prefix.

It is a producer that runs in Lambda: it reads as `orderlake replay` does, sends through `OrderStream` and
keeps a manifest, which is also what it goes on from (docs/adr/file-ingest-is-a-producer.md).
"""
