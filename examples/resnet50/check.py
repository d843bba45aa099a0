"""Asks a running service about samples/cat.jpg, and for what it must refuse.

python3 check.py http://127.0.0.1:8000
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

jpeg = (Path(__file__).parent / "samples" / "cat.jpg").read_bytes()


def post(body: bytes, kind: str = "image/jpeg", path: str = "/predict") -> tuple:
    request = urllib.request.Request(sys.argv[1].rstrip("/") + path, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def form(field: str, body: bytes) -> tuple:
    head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\n\r\n'.encode()
    return head + body + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


status, answer = post(jpeg)
assert status == 200, (status, answer)
print(json.dumps(answer))
assert len(answer["top"]) == 5 and all(set(one) == {"class", "index", "probability"} for one in answer["top"])
assert sorted(answer["top"], key=lambda one: -one["probability"]) == answer["top"]
assert post(*form("image", jpeg))[1]["top"] == answer["top"]
assert len(post(jpeg, path="/predict?top=7")[1]["top"]) == 7
if "--pretrained" in sys.argv:
    assert any("cat" in one["class"] or one["class"] in ("tabby", "lynx") for one in answer["top"]), "no cat among them"

for body, kind, wrong in (
    (b"no image", "image/jpeg", 415),
    (b"", "image/jpeg", 400),
    (jpeg[:3000], "image/jpeg", 422),
    (*form("other", jpeg), 400),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
    (b"x" * (17 * 1024 * 1024), "image/jpeg", 413),
):
    status, answer = post(body, kind)
    assert status == wrong, (status, wrong, answer)
assert post(jpeg, path="/predict?top=0")[0] == 422
with urllib.request.urlopen(sys.argv[1].rstrip("/") + "/openapi.json", timeout=60) as described:
    body = json.load(described)["paths"]["/predict"]["post"]["requestBody"]["content"]
assert body["multipart/form-data"]["schema"]["properties"]["image"]["format"] == "binary", body
print("ok")
