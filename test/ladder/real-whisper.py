# Does with Debian's Whisper what the job on stdin says, under a clock that stands still, and prints what archives hold.
#
#   {"now": 1767240000, "from": ..., "until": ...,
#    "files": [{"path": ..., "archives": [[step, points], ...], "xff": 0.5, "method": "average", "points": [[time, value], ...]}]}
#   -> {"<path>": {"<step>": [[time, value], ...]}}           without "archives" a file is only read
import json
import sys

import whisper

job = json.load(sys.stdin)
answer = {}
for file in job["files"]:
    path = file["path"]
    if "archives" in file:
        whisper.create(path, [tuple(each) for each in file["archives"]], file["xff"], file["method"])
        whisper.update_many(path, [tuple(each) for each in file["points"]], job["now"])
    rows = {}
    for archive in whisper.info(path)["archives"]:
        step = archive["secondsPerPoint"]
        # A range that is longer than the archive would be read around it more than once.
        oldest = max(job["from"], job["until"] - archive["retention"] + step)
        (start, _, _), values = whisper.fetch(path, oldest, job["until"], job["now"], step)
        rows[step] = [[start + at * step, value] for at, value in enumerate(values) if value is not None]
    answer[path] = rows
json.dump(answer, sys.stdout)
