// Products of operands that are rounded to 8 bits: words of 32 bits hold four elements of k. In each block of k, every
// row of A and every column of B has a scale. Sums of whole numbers are exact, so every instruction set gives the same
// bits.

namespace spikeward {
namespace {

// Sums of two products of 16 bits each.
inline __attribute__((always_inline)) Vec<int32_t, kFull<int32_t>> sumsOfPairs(Vec<int16_t, kFull<int16_t>> x, Vec<int16_t, kFull<int16_t>> y) {
  using Sums = Vec<int32_t, kFull<int32_t>>;
#if VECTOR_BYTES == 64
  return (Sums)_mm512_madd_epi16((__m512i)x, (__m512i)y);
#elif VECTOR_BYTES == 32
  return (Sums)_mm256_madd_epi16((__m256i)x, (__m256i)y);
#elif defined(__SSE2__)
  return (Sums)_mm_madd_epi16((__m128i)x, (__m128i)y);
#else
  const Sums a = bitsOf<Sums>(x), b = bitsOf<Sums>(y);
  return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}

// Four terms: bytes from 1 to 255 on the left (128 is 0), from −127 to 127 on the right.
template <bool instruction>
struct FourTerms {
  static constexpr int W = kFull<float>;
  using V = Vec<float, W>;
  static inline __attribute__((always_inline)) V add(const float* left, V right, V sum) {
    using Words = Vec<uint32_t, W>;
    using Shorts = Vec<int16_t, 2 * W>;
    uint32_t word;
    __builtin_memcpy(&word, left, sizeof word);
    const Words a = spread<uint32_t, W>(word);
#if VECTOR_BYTES == 64
    if constexpr (instruction) {
      asm("vpdpbusd %1, %2, %0" : "+v"(sum) : "v"(right), "v"(a));
      return sum;
    }
#endif
    const Shorts b = bitsOf<Shorts>(right);
    const auto even = sumsOfPairs(bitsOf<Shorts>(a & 0xff00ffu), b << 8 >> 8), odd = sumsOfPairs(bitsOf<Shorts>(a >> 8 & 0xff00ffu), b >> 8);
    return bitsOf<V>(bitsOf<Vec<int32_t, W>>(sum) + (even + odd));
  }
};

// The scale of a row is after its words; the scales of the columns, and what their sums have too much by, are two rows
// after those of the panel.
template <bool instruction>
void tileOfBytesBy(const float* a, ptrdiff_t aRow, const float* b, ptrdiff_t bRow, int64_t k, float* c, int64_t cRow, int rows, int columns, bool accumulate) {
  constexpr int W = kFull<float>, C = kTileVectors;
  using V = Vec<float, W>;
  using Sums = Vec<int32_t, W>;
  const float *scales = b + k * bRow, *excess = scales + bRow;
  for (; rows > 0; rows -= kTileRows, a += kTileRows * aRow, c += kTileRows * cRow) {
    float sums[kTileRows * C * W];
    const int some = rows < kTileRows ? rows : kTileRows;
    tile<float, FourTerms<instruction>>(a, aRow, 1, b, bRow, k, sums, C * W, some, C * W, false);
    for (int r = 0; r < some; r++) {
      const V scale = spread<float, W>(a[r * aRow + k]);
      for (int v = 0; v < C && v * W < columns; v++) {
        const Sums sum = bitsOf<Sums>(loadV<float, W>(sums + (r * C + v) * W)) - bitsOf<Sums>(loadV<float, W>(excess + v * W));
        V value = __builtin_convertvector(sum, V) * (scale * loadV<float, W>(scales + v * W));
        float* const to = c + r * cRow + v * W;
        if (accumulate) value = loadPart<float>(to, columns - v * W) + value;
        storePart<float>(to, value, columns - v * W);
      }
    }
  }
}

void tileOfBytes(const float* a, ptrdiff_t aRow, ptrdiff_t, const float* b, ptrdiff_t bRow, int64_t k, float* c, int64_t cRow, int rows, int columns, bool accumulate) {
#if VECTOR_BYTES == 64
  static const bool has = processor().multipliesBytes;
  if (has) return tileOfBytesBy<true>(a, aRow, b, bRow, k, c, cRow, rows, columns, accumulate);
#endif
  tileOfBytesBy<false>(a, aRow, b, bRow, k, c, cRow, rows, columns, accumulate);
}

// The magnitude of a number as bits that compare alike; those of infinity and NaN come last.
inline uint32_t magnitudeBits(float x) { return bitsOf<uint32_t>(x) & 0x7fffffffu; }

// The unit of the whole numbers, by which the largest becomes 127, and its inverse. The unit is NaN if a number is
// infinite or NaN.
struct ByteScale {
  float scale, inverse;
  explicit ByteScale(uint32_t most) : scale(0), inverse(0) {
    const float size = bitsOf<float>(most);
    if (most >= 0x7f800000u) scale = __builtin_nanf("");
    else if (size > 1e-36f) scale = size / 127.0f, inverse = 127.0f / size;
  }
};

// The nearest whole number, ties to even, of a magnitude of at most 127.
inline int8_t roundedToByte(float x) { return int8_t(bitsOf<uint32_t>(x + 12582912.0f)); }

// A row of A: ⌈depth / 4⌉ words, then its scale.
void packRowOfBytes(const float* from, ptrdiff_t k, int64_t depth, uint32_t* to) {
  const auto write = [&](auto step) {
    uint32_t most = 0;
    for (int64_t l = 0; l < depth; l++) most = magnitudeBits(from[l * step]) > most ? magnitudeBits(from[l * step]) : most;
    const ByteScale of(most);
    uint8_t* const bytes = (uint8_t*)to;
    for (int64_t l = 0; l < depth; l++) bytes[l] = uint8_t(roundedToByte(from[l * step] * of.inverse) + 128);
    for (int64_t l = depth; l % 4 != 0; l++) bytes[l] = 128;
    to[(depth + 3) / 4] = bitsOf<uint32_t>(of.scale);
  };
  if (k == 1) write(std::integral_constant<ptrdiff_t, 1>());
  else write(k);
}

// A panel of B: ⌈depth / 4⌉ rows of `width` words, then its scales and 128 times the sums of its columns; 0 past `count`.
void packColumnsOfBytes(const float* from, ptrdiff_t along, ptrdiff_t k, int64_t count, int64_t depth, uint32_t* to, int64_t width) {
  const int64_t words = (depth + 3) / 4;
  constexpr int64_t G = 16;
  const auto write = [&](auto step, auto n, int64_t column) {
    const float* const b = from + column * step;
    uint32_t most[G] = {};
    float scale[G] = {}, inverse[G] = {};
    int32_t sums[G] = {};
    for (int64_t l = 0; l < depth; l++) for (int64_t i = 0; i < n; i++) most[i] = magnitudeBits(b[l * k + i * step]) > most[i] ? magnitudeBits(b[l * k + i * step]) : most[i];
    for (int64_t i = 0; i < n; i++) scale[i] = ByteScale(most[i]).scale, inverse[i] = ByteScale(most[i]).inverse;
    for (int64_t l = 0; l < words; l++) {
      uint32_t word[G] = {};
      for (int64_t t = 0; t < 4 && 4 * l + t < depth; t++) {
        for (int64_t i = 0; i < n; i++) {
          const int32_t q = roundedToByte(b[(4 * l + t) * k + i * step] * inverse[i]);
          word[i] |= uint32_t(q & 0xff) << (8 * t);
          sums[i] += 128 * q;
        }
      }
      __builtin_memcpy(to + l * width + column, word, size_t(n) * 4);
    }
    __builtin_memcpy(to + words * width + column, scale, size_t(n) * 4);
    __builtin_memcpy(to + (words + 1) * width + column, sums, size_t(n) * 4);
  };
  const std::integral_constant<ptrdiff_t, 1> one;
  const std::integral_constant<int64_t, G> all;
  if (count < width) __builtin_memset(to, 0, size_t((words + 2) * width) * 4);
  for (int64_t column = 0; column < count; column += G) {
    if (along == 1 && column + G <= count) write(one, all, column);
    else write(along, count - column < G ? count - column : G, column);
  }
}

}  // namespace
}  // namespace spikeward
