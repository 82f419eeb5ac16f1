"""The Identity Box: a server that keeps encrypted backups which it cannot read, and DIDs of its own.

It learns neither words nor contents and can forge nothing; it never imports the wallet. Map: `app` (HTTP) over `room`
(what the Box does) over `database`, `blobs`, `generations`, `devices`, `offers`; `serve` and `admin` are its two doors.
"""
