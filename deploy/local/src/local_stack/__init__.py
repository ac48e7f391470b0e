"""The stack on a laptop: one definition for `make run` and for the tests.

`postgres`, `nats`, `certificates`, `secrets`, `processes` and `ports` stand alone; the rest needs the extra `stack`.
"""
