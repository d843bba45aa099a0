"""Asks a running service about samples/speech.wav and compares its answer with where the sentences were put.

python3 check.py http://127.0.0.1:8000
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

samples = Path(__file__).parent / "samples"
expected = json.loads((samples / "speech.json").read_text())


def post(body: bytes, path: str = "/predict") -> tuple:
    request = urllib.request.Request(sys.argv[1].rstrip("/") + path, body, {"Content-Type": "audio/wav"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


wav = (samples / "speech.wav").read_bytes()
status, answer = post(wav)
assert status == 200, (status, answer)
print(json.dumps(answer))
assert len(answer["speech"]) == len(expected["speech"]), "another number of segments than sentences"
for found, wanted in zip(answer["speech"], expected["speech"]):
    for edge in ("start", "end"):
        off = abs(found[edge] - wanted[edge])
        assert off <= expected["toleranceSeconds"], f"{edge} at {found[edge]} instead of {wanted[edge]}"

# Silence is no speech, asking again gives the same, and what is no recording is told so.
assert post(wav[:44] + bytes(len(wav) - 44))[1]["speech"] == []
assert post(wav)[1]["speech"] == answer["speech"]
for body, wrong in ((b"no audio", 415), (b"", 400), (wav[:44], 422), (wav[:20], 415)):
    assert post(body)[0] == wrong, (body[:20], post(body))
assert post(wav, "/predict?threshold=7")[0] == 422
print("ok")
