# Writes the files of this folder; see PROVENANCE.md.
# usage: make_golden.py LIBGGML_BASE   with llama.cpp's gguf-py on PYTHONPATH, and numpy and safetensors installed
import ctypes
import hashlib
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType
from safetensors import TensorSpec, serialize_file

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(2026)


def every_type():
    """Every metadata value type, every tensor type with two rows of one block, every number of dimensions, and an alignment of 64."""
    w = gguf.GGUFWriter(HERE / 'every-type.gguf', 'test')
    w.add_custom_alignment(64)
    w.add_uint8('u8', 255)
    w.add_int8('i8', -128)
    w.add_uint16('u16', 65535)
    w.add_int16('i16', -32768)
    w.add_uint32('u32', 4294967295)
    w.add_int32('i32', -2147483648)
    w.add_uint64('u64', 18446744073709551615)
    w.add_int64('i64', -9223372036854775808)
    w.add_float32('f32', 0.1)
    w.add_float64('f64', 0.1)
    w.add_bool('yes', True)
    w.add_bool('no', False)
    w.add_string('text', 'apple \u00e4 \u4e2d \U0001f34e')
    w.add_key_value('text.malformed', b'\xff\xfe apple', GGUFValueType.STRING)
    w.add_array('array.strings', ['<unk>', '', '\u2581apple', '\U0001f34e'])
    w.add_key_value('array.u8', [0, 127, 255], GGUFValueType.ARRAY, sub_type=GGUFValueType.UINT8)
    w.add_key_value('array.i64', [-1, 0, 1 << 62], GGUFValueType.ARRAY, sub_type=GGUFValueType.INT64)
    w.add_array('array.i32', [-1, 0, 1])
    w.add_array('array.f32', [0.5, -1.5, 1e30])
    w.add_key_value('array.f64', [0.1, -1e300], GGUFValueType.ARRAY, sub_type=GGUFValueType.FLOAT64)
    w.add_array('array.bool', [True, False, True])
    w.add_array('array.nested', [[1, 2], [3], [4, 5, 6]])
    for t, (block, size) in GGML_QUANT_SIZES.items():
        data = RANDOM.integers(0, 256, (2, size), dtype=np.uint8)
        w.add_tensor(f'type.{t.name.lower()}', data, raw_shape=(2, size), raw_dtype=t)
    for rank in range(5):
        w.add_tensor(f'rank.{rank}', np.arange(120, dtype=np.float32)[:np.prod([2, 3, 4, 5][:rank], dtype=int)]
                     .reshape([2, 3, 4, 5][:rank]))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def written_by_ggml(library):
    """A file that ggml's own writer made, with an empty array, which gguf-py would refuse."""
    lib = ctypes.CDLL(library)
    for name, result in (('gguf_init_empty', ctypes.c_void_p), ('ggml_init', ctypes.c_void_p),
                         ('ggml_new_tensor_2d', ctypes.c_void_p), ('ggml_get_data', ctypes.c_void_p),
                         ('ggml_nbytes', ctypes.c_size_t), ('gguf_write_to_file', ctypes.c_bool)):
        getattr(lib, name).restype = result

    class Params(ctypes.Structure):
        _fields_ = [('size', ctypes.c_size_t), ('buffer', ctypes.c_void_p), ('no_alloc', ctypes.c_bool)]

    c = ctypes.c_void_p(lib.gguf_init_empty())
    g = ctypes.c_void_p(lib.ggml_init(Params(1 << 20, None, False)))
    lib.gguf_set_val_str(c, b'general.architecture', b'test')
    lib.gguf_set_val_f32(c, b'f32', ctypes.c_float(1e-5))
    lib.gguf_set_val_bool(c, b'bool', ctypes.c_bool(True))
    texts = (ctypes.c_char_p * 2)(b'USER', b'ASSISTANT')
    lib.gguf_set_arr_str(c, b'strings', texts, ctypes.c_size_t(2))
    lib.gguf_set_arr_data(c, b'empty', 5, texts, ctypes.c_size_t(0))
    for name, t, columns in ((b'a', 0, 5), (b'b', 2, 64), (b'c', 12, 256)):
        t = ctypes.c_void_p(lib.ggml_new_tensor_2d(g, t, ctypes.c_int64(columns), ctypes.c_int64(3)))
        lib.ggml_set_name(t, name)
        n = lib.ggml_nbytes(t)
        ctypes.memmove(lib.ggml_get_data(t), RANDOM.integers(0, 256, n, dtype=np.uint8).tobytes(), n)
        lib.gguf_add_tensor(c, t)
    assert lib.gguf_write_to_file(c, str(HERE / 'written-by-ggml.gguf').encode(), False)


def every_dtype():
    """Every element type of safetensors files that has a Java counterpart, and one that has none."""
    values = {
        'f64': ('float64', np.array([0.1, -1e300], '<f8')),
        'f32': ('float32', np.array([[0.5, -1.5, 3.0], [1e30, 0.1, -0.0]], '<f4')),
        'f16': ('float16', np.array([0.5, -65504.0, 6e-8], '<f2')),
        'bf16': ('bfloat16', np.array([0x3F80, 0xC000, 0x7F7F], '<u2')),
        'i64': ('int64', np.array([-1, 1 << 62], '<i8')),
        'i32': ('int32', np.array([-1, 1 << 30], '<i4')),
        'i16': ('int16', np.array([-32768, 7], '<i2')),
        'i8': ('int8', np.array([-128, 7], 'i1')),
        'u8': ('uint8', np.array([0, 255], 'u1')),
        'bool': ('bool', np.array([True, False], '?')),
        'scalar': ('float32', np.array(2.5, '<f4')),
        'empty': ('float32', np.zeros((0, 3), '<f4')),
        'u16': ('uint16', np.array([65535], '<u2')),
        'name with \u00e4 and "quotes"': ('uint8', np.array([1], 'u1')),
    }
    serialize_file({k: TensorSpec(dtype=d, shape=v.shape, data_ptr=v.ctypes.data, data_len=v.nbytes)
                    for k, (d, v) in values.items()},
                   str(HERE / 'every-dtype.safetensors'), {'note': 'a\nb'})


def directory(path):
    """What gguf-py reads: key, type and value; or tensor, type, shape (outermost first), position, SHA-256."""
    reader = gguf.GGUFReader(path)
    lines = []
    for key, field in reader.fields.items():
        if key.startswith('GGUF.') or key == 'text.malformed':
            continue
        if field.types[0] == GGUFValueType.ARRAY:
            if len(field.types) > 2:
                continue  # gguf-py flattens nested arrays
            names = f'ARRAY {field.types[1].name}'
            value = [field.contents(i) for i in range(len(field.data))]
        else:
            names, value = field.types[0].name, field.contents()
        digest = hashlib.sha256(repr(value).encode() if not isinstance(value, list)
                                else '\n'.join(map(text, value)).encode()).hexdigest()
        count = len(value) if isinstance(value, list) else 1
        shown = digest if isinstance(value, list) else text(value).replace('\n', '\\n')
        lines.append(f'key\t{key}\t{names}\t{count}\t{shown}')
    for t in reader.tensors:
        shape = [int(d) for d in reversed(t.shape)]
        lines.append(f'tensor\t{t.name}\t{t.tensor_type.name}\t{shape}\t{t.data_offset}\t'
                     f'{hashlib.sha256(t.data.tobytes()).hexdigest()}')
    return '\n'.join(lines) + '\n'


def text(value):
    """Values as Java prints them, floats by their bits."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (float, np.floating)):
        return np.float64(value).tobytes()[::-1].hex()
    return str(value)


every_type()
written_by_ggml(sys.argv[1])
every_dtype()
for name in ('every-type.gguf', '../llava/llava-f32.gguf', '../llava/llava-mmproj.gguf'):
    (HERE / (Path(name).stem + '.tsv')).write_text(directory(HERE / name), encoding='utf-8')
