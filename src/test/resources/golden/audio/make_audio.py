"""Makes the sounds in this folder: a chirp of half a second at 16,000 Hz, which AudioFiles.chirp() makes in Java."""
import math
import struct
import subprocess
import wave

RATE, LENGTH = 16_000, 8_000

samples = [
    math.floor(16_000 * math.sin(2 * math.pi * (300 * i / RATE + 1_700 * (i / RATE) ** 2)) + 0.5) for i in range(LENGTH)
]
with wave.open("chirp.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(struct.pack(f"<{LENGTH}h", *samples))

subprocess.run(["flac", "--silent", "--force", "--best", "--no-padding", "--output-name", "chirp.flac", "chirp.wav"], check=True)
subprocess.run(["lame", "--silent", "-m", "m", "-b", "48", "--add-id3v2", "--tt", "chirp", "chirp.wav", "chirp.mp3"], check=True)
subprocess.run(["lame", "--silent", "-m", "m", "-b", "48", "-t", "chirp.wav", "chirp-bare.mp3"], check=True)
subprocess.run(["sox", "chirp.wav", "-e", "a-law", "chirp-a-law.wav"], check=True)
subprocess.run(["rm", "chirp.wav"], check=True)
