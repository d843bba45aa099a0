"""Makes speech.wav and speech.json: `python3 make.py` (needs Debian's espeak-ng and python3-numpy).

The expected segments come from where the sentences are put, not from the model: the model is what they test.
"""

import json
import subprocess
import wave
from io import BytesIO

import numpy as np

RATE = 16_000
random = np.random.default_rng(7)


def say(text: str, voice: str) -> np.ndarray:
    data = subprocess.run(["espeak-ng", "-v", voice, "-s", "160", "--stdout", text], capture_output=True, check=True).stdout
    with wave.open(BytesIO(data)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(-1), "<i2") / 32768
    length = round(len(samples) * RATE / rate)
    samples = np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length) * (length / len(samples))
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1]] * 0.7


def pause(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE))


def noise(seconds: float) -> np.ndarray:
    """Like wind: white noise through a slow average, swelling and fading."""
    white = random.normal(size=round(seconds * RATE))
    soft = np.convolve(white, np.ones(12) / 12, "same")
    return 0.12 * soft * np.sin(np.linspace(0, np.pi, len(soft)))


def tone(seconds: float) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * 880 * np.arange(round(seconds * RATE)) / RATE)


parts = [
    ("pause", pause(1.0)),
    ("speech", say("Good morning, the model is ready.", "en-us")),
    ("pause", pause(0.8)),
    ("noise", noise(2.0)),
    ("pause", pause(0.5)),
    ("speech", say("Somebody speaks again after the noise.", "en-gb")),
    ("pause", pause(0.7)),
    ("tone", tone(0.6)),
    ("pause", pause(1.0)),
]
segments, at = [], 0
for kind, samples in parts:
    if kind == "speech":
        segments.append({"start": round(at / RATE, 2), "end": round((at + len(samples)) / RATE, 2)})
    at += len(samples)
# A microphone is never quite still.
whole = np.concatenate([samples for _, samples in parts]) + random.normal(scale=0.0008, size=at)
with wave.open("speech.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes((np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes())
with open("speech.json", "w") as file:
    json.dump({"seconds": round(at / RATE, 3), "toleranceSeconds": 0.3, "speech": segments}, file, indent=2)
    file.write("\n")
