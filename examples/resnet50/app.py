"""ResNet-50 behind FastAPI: POST an image to /predict, get its most likely ImageNet classes."""

import asyncio
import logging
import os
import threading
import time
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import urlparse

import torch
from fastapi import FastAPI, HTTPException, Request
from PIL import Image, ImageOps, UnidentifiedImageError
from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartParser
from torchvision.models import ResNet50_Weights, resnet50

# A path in the container or an https URL of a state dict; empty: random weights.
MODEL_WEIGHTS = os.environ.get("MODEL_WEIGHTS", "").strip()
MODEL_CACHE = os.environ.get("MODEL_CACHE", "/tmp/models")
MAX_IMAGE_BYTES = int(float(os.environ.get("MAX_IMAGE_MB", "16")) * 1024 * 1024)
MAX_IMAGE_PIXELS = int(float(os.environ.get("MAX_IMAGE_MEGAPIXELS", "50")) * 1_000_000)
# Predictions that run at once; the others wait. Torch uses all cores for one already.
CONCURRENCY = int(os.environ.get("CONCURRENCY", "2"))

DESCRIPTION = ResNet50_Weights.IMAGENET1K_V2
CATEGORIES = DESCRIPTION.meta["categories"]

log = logging.getLogger("resnet50")
log.setLevel(os.environ.get("LOG_LEVEL", "info").upper())
# Not the root's: uvicorn has handlers of its own, and its lines would come twice.
log.propagate = False
log.addHandler(logging.StreamHandler())
log.handlers[0].setFormatter(logging.Formatter("%(levelname)s:     %(message)s"))


class Classifier:
    """The model, ready to answer. Raises when its weights cannot be had."""

    def __init__(self, weights: str) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(0)
        model = resnet50(weights=None)
        if weights:
            model.load_state_dict(read_weights(weights))
        self.weights = PurePosixPath(urlparse(weights).path).name if weights else "random"
        self.model = model.to(self.device).eval()
        self.prepare = DESCRIPTION.transforms()
        # The first pass is slow; better here than in somebody's request.
        self.classify(Image.new("RGB", (224, 224)), 1)

    @torch.inference_mode()
    def classify(self, image: Image.Image, top: int) -> list:
        scores = self.model(self.prepare(image).unsqueeze(0).to(self.device))[0].softmax(0)
        values, indices = scores.topk(top)
        return [
            {"class": CATEGORIES[index], "index": index, "probability": round(value, 6)}
            for value, index in zip(values.tolist(), indices.tolist())
        ]


def read_weights(weights: str) -> dict:
    if urlparse(weights).scheme in ("http", "https"):
        return torch.hub.load_state_dict_from_url(weights, model_dir=MODEL_CACHE, map_location="cpu", progress=False)
    return torch.load(weights, map_location="cpu")


app = FastAPI(title="ResNet-50", docs_url="/docs", redoc_url=None)
classifier = None
turns = None


@app.on_event("startup")
def begin() -> None:
    global turns
    turns = asyncio.Semaphore(CONCURRENCY)
    # Beside the server, so that /healthz can say "loading" while a large model comes.
    threading.Thread(target=load, daemon=True).start()


def load() -> None:
    global classifier
    started = time.monotonic()
    try:
        loaded = Classifier(MODEL_WEIGHTS)
    except Exception:
        log.exception("the weights %s could not be loaded; set MODEL_WEIGHTS to a path or URL that works", MODEL_WEIGHTS)
        # Without a model there is nothing to serve: end, so that the rollout sees it at once.
        os._exit(1)
    if loaded.weights == "random":
        log.warning("MODEL_WEIGHTS is not set: running on RANDOM weights, the answers mean nothing")
    classifier = loaded
    log.info("ready on %s with weights %s after %.1f s", loaded.device, loaded.weights, time.monotonic() - started)


@app.on_event("shutdown")
def end() -> None:
    log.info("stopped: all requests are answered")


@app.get("/healthz")
def healthz() -> dict:
    return {"ready": True, "weights": ready().weights}


@app.get("/")
def about() -> dict:
    return {
        "model": "resnet50",
        "weights": classifier.weights if classifier else "loading",
        "use": "POST an image to /predict, as the body or as the form field 'image'; ?top=5 says how many classes",
    }


# The handler reads its body by itself, to stop where it is too large. FastAPI cannot see what it takes, so it is told.
IMAGE = {"type": "string", "format": "binary", "description": "JPEG, PNG or another image that Pillow reads"}
FORM = {"type": "object", "required": ["image"], "properties": {"image": IMAGE}}
BODY = {"required": True, "content": {"multipart/form-data": {"schema": FORM}, "image/*": {"schema": IMAGE}}}


@app.post("/predict", openapi_extra={"requestBody": BODY})
async def predict(request: Request, top: int = 5) -> dict:
    model = ready()
    if not 1 <= top <= 100:
        raise HTTPException(422, "top is a number from 1 to 100.")
    body = await read_upload(request, "image", MAX_IMAGE_BYTES)
    image = await run_in_threadpool(open_image, body)
    async with turns:
        started = time.monotonic()
        best = await run_in_threadpool(model.classify, image, top)
    return {
        "model": "resnet50",
        "weights": model.weights,
        "device": str(model.device),
        "top": best,
        "milliseconds": round((time.monotonic() - started) * 1000, 1),
    }


def ready() -> Classifier:
    if classifier is None:
        raise HTTPException(503, "The model is still loading. Try again in a moment.", headers={"Retry-After": "2"})
    return classifier


async def read_upload(request: Request, field: str, limit: int) -> bytes:
    """The body, or the one file of a multipart form. Never holds more than `limit` bytes and a little."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        # A form has some lines around its file.
        if size > limit + 65_536:
            raise HTTPException(413, f"The upload is larger than {limit // 1024 // 1024} MiB.")
        chunks.append(chunk)
    body = b"".join(chunks)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        body = await read_form_file(request, body, field)
    if not body:
        raise HTTPException(400, f"Nothing was sent. Send a file as the body, or as the form field '{field}'.")
    return body


async def read_form_file(request: Request, body: bytes, field: str) -> bytes:
    async def once():
        yield body
        yield b""

    try:
        form = await MultiPartParser(request.headers, once()).parse()
    except Exception as error:
        raise HTTPException(400, f"The form cannot be read: {str(error)[:120] or 'it is damaged'}.") from error
    file = form.get(field) or form.get("file")
    if file is None or isinstance(file, str):
        raise HTTPException(400, f"The form has no file in the field '{field}'.")
    return await file.read()


def open_image(body: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(body))
        if image.width * image.height > MAX_IMAGE_PIXELS:
            raise HTTPException(422, f"The image has more than {MAX_IMAGE_PIXELS // 1_000_000} million pixels.")
        return ImageOps.exif_transpose(image).convert("RGB")
    except HTTPException:
        raise
    except UnidentifiedImageError as error:
        raise HTTPException(415, "This is no image that can be read. Send JPEG, PNG or WebP.") from error
    except Exception as error:
        raise HTTPException(422, f"The image is damaged: {str(error)[:120]}.") from error
