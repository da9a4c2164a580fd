"""Named limits and fixed numbers, each with its reason. Nothing here imports anything."""

from typing import Final

# --- pictures -----------------------------------------------------------------
MAX_SIDE: Final = 32_768  # pixels a side
MAX_PIXELS: Final = 89_478_485  # a picture; Pillow's own guard against decompression bombs
MAX_PICTURES: Final = 1 << 24  # in one container
MAX_FRAMES: Final = 1 << 16  # frames or pages of one picture file; a few bytes may tell of one
PIXEL_MAX: Final = 255
DEEP_MAX: Final = 65_535  # of samples of 16 bits

# --- exact integer inference --------------------------------------------------
EXACT_FLOAT32: Final = 1 << 24  # integers below this are exact in float32, in any order of summation
WEIGHT_MAX: Final = 127  # int8, symmetric
ACTIVATION_MAX: Final = 255  # uint8
SYMBOL_MAX: Final = 127  # quantized latents lie in -127..127; keeps 1,000 of them under 2**24
MAX_QUALITY: Final = 100  # of a file; above it there are slopes of the search, but no other files
MAX_EFFORT: Final = 9  # of an encoder's search
MAX_STEP: Final = 16  # of quantization, in units of the model's own; sums of up to 23 weights stay in int64

# --- entropy coding -----------------------------------------------------------
FREQUENCY_BITS: Final = 24
FREQUENCY_TOTAL: Final = 1 << FREQUENCY_BITS  # every frequency table sums to this
LOGIT_FRACTION_BITS: Final = 8  # logits are log2 of a probability in steps of 1/256
MAX_STREAM_SYMBOLS: Final = 1 << 28  # in one range-coder stream

# --- tiles, blocks, files -----------------------------------------------------
GROUP_TILES: Final = 1_024  # tiles coded in lockstep; bounds memory
BLOCK_SHARE: Final = 4  # a block has a quarter of what goes in lockstep, to be decoded for one picture, unless a writer
BLOCK_SHARE_EXACT: Final = 2  # says otherwise; of exact scans a half: benchmarks/results/access.md has what that costs
MAX_BLOCK_SAMPLES: Final = 1 << 29  # of one block's pictures; the largest picture with alpha fits
MAX_TILE_SAMPLES: Final = 1 << 30  # in all tiles of a payload, what lies beyond the pictures' edges included
MAX_UNITS: Final = 1 << 16  # tiles, places and steps in all of a file; and so many more as it has
SAMPLES_OF_UNIT: Final = 8  # samples for each of these; a line of pixels has more than these in each tile or place
UNITS_OF_BYTE: Final = 16  # and for each byte; what is no blank takes a bit or more in each tile
MAX_LATENTS: Final = 1_024
MAX_FILE_BYTES: Final = 1 << 31  # one .aec file, held in memory
MAX_MODEL_BYTES: Final = 1 << 26
MAX_MODEL_ID: Final = 200  # characters; a model names itself in messages and tables
MAX_CHANGES_BYTES: Final = 1 << 24  # of all values in changes to a base; a payload of no bytes can say any number of 0
MAX_CHANGES_WORK: Final = 1 << 30  # multiplications of all low-rank changes to a base
MAX_TENSOR_NAME: Final = 200  # bytes of the name of a tensor that is new, UTF-8
MAX_ACTIVATIONS: Final = 1 << 20  # values of one layer for one tile; a tiny model could ask for any number
MAX_PRIOR_UNITS: Final = 1 << 16  # of all latents in one layer of the prior; a group's are held at once
MAX_WINDOWS: Final = 1 << 24  # values in all windows of one convolution for one tile; a window of 9 always fits
MAX_WORK: Final = 1 << 32  # multiplications of a chain for one tile; a weight may be used a million times
WORK_OF_VALUE: Final = 8  # what a step without weights counts for each value
MAX_NAMES_BYTES: Final = 1 << 26  # all names of a container
MAX_NAME_BYTES: Final = 1_024  # one picture's name, UTF-8

# --- grids of latents -----------------------------------------------------------
EXACT_FLOAT64: Final = 1 << 53  # integers below this are exact in float64, in any order of summation
GRID_VALUE_MAX: Final = (1 << 15) - 1  # of latents, means and whatever else is no activation behind a ReLU
GRID_SYMBOL_MAX: Final = (1 << 15) - 1  # of a quantized latent, less its mean
GRID_SIDE: Final = 16  # pixels; one place of the grid
GRID_TILE: Final = 64  # places; larger grids are cut into tiles that are coded apart, which bounds memory
GRID_GROUP_PLACES: Final = GRID_TILE**2  # of small grids of one size that are coded in lockstep
GRID_BLOCK_PLACES: Final = 1 << 15  # of a block that a writer may ask for: 8 megapixels, a few hundred MiB to search
MAX_GRID_WORK: Final = 1 << 25  # multiplications of a chain for one place; 2**17 for a pixel
MAX_GRID_VALUES: Final = 1 << 14  # of one layer for one place, which bounds memory
MAX_GRID_CHANNELS: Final = 1_024
MAX_GRID_PLACES: Final = 1 << 19  # of one payload, 256 pixels each; the largest picture has some 2**18.4

# --- pixel networks --------------------------------------------------------------
MAX_PIXEL_WORK: Final = 1 << 16  # multiplications of the network for one sample
MAX_PIXEL_UNITS: Final = 512  # of a hidden layer; with those of all lanes, they bound memory
MAX_PIXEL_LANES: Final = 1 << 14  # rows of pictures of one size that are coded in lockstep, unless one has more
MAX_PIXEL_STEPS: Final = 1 << 16  # of a payload, and so many more as it has samples for each of these:
PIXEL_SAMPLES_OF_STEP: Final = 64  # a step takes a millisecond, however few samples it has
DRAWN_PIXELS_OF_STEP: Final = 128  # the same of drawings
MAX_RESTORATION_WORK: Final = 1 << 14  # multiplications for a pixel: a microsecond or two
MAX_RESTORATION_LAYERS: Final = 8
MAX_DRAWN_LAYERS: Final = 8  # of each chain of a network; any of one unit takes its time at every step
