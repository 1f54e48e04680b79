# Pictures in the formats that io.vlm4j.media reads, and what Pillow makes of them.
# usage: python make_media.py FOLDER_OF_PNGS    (writes into the current folder)
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

pngs = Path(sys.argv[1])


def keep(name, image=None, fmt=None, **options):
    if image is not None:
        image.save(name, fmt, **options)
    np.asarray(Image.open(name).convert('RGB')).tofile(name + '.rgb')


def png16(colour_type, samples):
    height, width = samples.shape[:2]
    rows = b''.join(b'\0' + row.astype('>u2').tobytes() for row in samples)

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    header = struct.pack('>IIBBBBB', width, height, 16, colour_type, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


for name in ('gray', 'gray-alpha', 'rgba', 'palette', 'bilevel'):
    Path(name + '.png').write_bytes((pngs / (name + '.png')).read_bytes())
    keep(name + '.png')

base = Image.open(pngs / '40x30.png').convert('RGB').crop((0, 0, 29, 22))
indexed = base.quantize(32)
corner = int(np.asarray(indexed)[3, 3])

rng = np.random.default_rng(20)
Path('rgb16.png').write_bytes(png16(2, rng.integers(0, 65536, (7, 11, 3))))
keep('rgb16.png')
keep('palette-transparent.png', indexed, transparency=corner)

keep('baseline-420.jpg', base, quality=90, subsampling=2)
keep('baseline-444.jpg', base, quality=90, subsampling=0)
keep('restart.jpg', base, quality=90, subsampling=2, restart_marker_blocks=1)
keep('progressive.jpg', base, quality=90, progressive=True)
keep('gray.jpg', base.convert('L'), quality=90)
keep('cmyk.jpg', base.convert('CMYK'), quality=90)

keep('palette.gif', indexed)
keep('interlaced.gif', indexed, interlace=1)
keep('transparent.gif', indexed, transparency=corner)
keep('animated.gif', indexed, save_all=True, append_images=[indexed.rotate(180)], transparency=corner)

keep('rgb.bmp', base)
keep('palette.bmp', indexed)
keep('bilevel.bmp', base.convert('1'))

exif = Image.Exif()
exif[0x0112] = 6
srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
keep('lossless.webp', base, lossless=True)
keep('lossless-orientation-6.webp', base, lossless=True, exif=exif)  # the .rgb is as stored
keep('lossless-profile.webp', base, lossless=True, icc_profile=srgb)
keep('lossless-animated.webp', base, save_all=True, append_images=[base.rotate(180)], lossless=True)
keep('lossless-alpha.webp', Image.open(pngs / 'rgba.png').convert('RGBA'), lossless=True, exact=True)
keep('lossy.webp', base, quality=95)
