"""Silero VAD behind FastAPI: POST a WAV file to /predict, get where in it somebody speaks."""

import asyncio
import logging
import os
import threading
import time
import wave
from importlib.metadata import version
from io import BytesIO

import numpy as np
import torch
from fastapi import FastAPI, HTTPException, Request
from silero_vad import get_speech_timestamps, load_silero_vad
from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartParser

MAX_AUDIO_BYTES = int(float(os.environ.get("MAX_AUDIO_MB", "32")) * 1024 * 1024)
MAX_SECONDS = float(os.environ.get("MAX_SECONDS", "600"))
# The model is trained on this rate; others are resampled to it.
RATE = 16_000
VERSION = version("silero-vad")

log = logging.getLogger("silero-vad")
log.setLevel(os.environ.get("LOG_LEVEL", "info").upper())
# Not the root's: uvicorn has handlers of its own, and its lines would come twice.
log.propagate = False
log.addHandler(logging.StreamHandler())
log.handlers[0].setFormatter(logging.Formatter("%(levelname)s:     %(message)s"))

app = FastAPI(title="Silero VAD", docs_url="/docs", redoc_url=None)
model = None
turn = None


@app.on_event("startup")
def begin() -> None:
    global turn
    # The model remembers what it has heard, so one request at a time has it for itself.
    turn = asyncio.Lock()
    threading.Thread(target=load, daemon=True).start()


def load() -> None:
    global model
    started = time.monotonic()
    try:
        # Its real weights come inside the package: nothing is downloaded.
        loaded = load_silero_vad()
        get_speech_timestamps(torch.zeros(RATE), loaded)
    except Exception:
        log.exception("the model could not be loaded")
        # Without a model there is nothing to serve: end, so that the rollout sees it at once.
        os._exit(1)
    model = loaded
    log.info("ready with silero-vad %s after %.1f s", VERSION, time.monotonic() - started)


@app.on_event("shutdown")
def end() -> None:
    log.info("stopped: all requests are answered")


@app.get("/healthz")
def healthz() -> dict:
    ready()
    return {"ready": True, "version": VERSION}


@app.get("/")
def about() -> dict:
    return {
        "model": "silero-vad",
        "version": VERSION,
        "use": "POST a WAV file to /predict, as the body or as the form field 'audio'; ?threshold=0.5 says how sure it has to be",
    }


@app.post("/predict")
async def predict(request: Request, threshold: float = 0.5) -> dict:
    vad = ready()
    if not 0.05 <= threshold <= 0.95:
        raise HTTPException(422, "threshold is a number from 0.05 to 0.95.")
    body = await read_upload(request, "audio", MAX_AUDIO_BYTES)
    samples = await run_in_threadpool(read_wav, body)
    async with turn:
        started = time.monotonic()
        found = await run_in_threadpool(find_speech, vad, samples, threshold)
    return {
        "model": "silero-vad",
        "version": VERSION,
        "seconds": round(len(samples) / RATE, 3),
        "speech": found,
        "milliseconds": round((time.monotonic() - started) * 1000, 1),
    }


def find_speech(vad, samples: np.ndarray, threshold: float) -> list:
    with torch.inference_mode():
        # Pauses within a sentence, up to a third of a second, are not its end.
        spans = get_speech_timestamps(
            torch.from_numpy(samples), vad, threshold=threshold, sampling_rate=RATE, min_silence_duration_ms=300
        )
    return [{"start": round(span["start"] / RATE, 3), "end": round(span["end"] / RATE, 3)} for span in spans]


def ready():
    if model is None:
        raise HTTPException(503, "The model is still loading. Try again in a moment.", headers={"Retry-After": "2"})
    return model


def read_wav(body: bytes) -> np.ndarray:
    """Mono samples from -1 to 1 at RATE."""
    try:
        with wave.open(BytesIO(body)) as file:
            channels, width, rate, frames = file.getparams()[:4]
            if not 1 <= channels <= 16 or width not in (1, 2, 3, 4) or not 4_000 <= rate <= 192_000:
                raise HTTPException(415, "Send WAV as PCM with 8 to 32 bits, 4 to 192 kHz.")
            if frames / rate > MAX_SECONDS:
                raise HTTPException(413, f"The recording is longer than {MAX_SECONDS:g} seconds.")
            data = file.readframes(frames)
    except (wave.Error, EOFError) as error:
        raise HTTPException(415, f"This is no WAV file that can be read: {str(error)[:120] or 'it ends too early'}.") from error
    data = data[: len(data) // (width * channels) * width * channels]
    if not data:
        raise HTTPException(422, "The recording is empty.")
    samples = to_float(data, width).reshape(-1, channels).mean(axis=1)
    return resample(samples, rate).astype(np.float32)


def to_float(data: bytes, width: int) -> np.ndarray:
    if width == 1:
        return np.frombuffer(data, np.uint8).astype(np.float64) / 128 - 1
    if width == 3:
        # Three bytes become the upper ones of four.
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.view("<i4").ravel() / 2.0**31
    return np.frombuffer(data, f"<i{width}") / 2.0 ** (8 * width - 1)


def resample(samples: np.ndarray, rate: int) -> np.ndarray:
    """By cutting or filling the spectrum: what the new rate cannot hold is gone and does not fold back."""
    if rate == RATE:
        return samples
    length = max(1, round(len(samples) * RATE / rate))
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


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
