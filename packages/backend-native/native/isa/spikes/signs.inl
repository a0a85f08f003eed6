// Products of spikes with weights of −1 and 1 (Rademacher directions, for example) by counting bits: if p of the s
// spikes meet weight 1, the sum is 2 p − s. Integers are exact, so the bits equal those of look-up.

namespace spikeward {
namespace {

constexpr int kSignColumns = 16;
#define COUNTS_BITS __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq")))

// bits[l][j]: which of the inputs 32 l … 32 l + 31 have weight 1 in column j < 16. False if a weight is neither 1 nor
// −1, or if the processor cannot count bits in registers.
bool signsOf(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, uint32_t* bits) {
  static const bool counts = processor().countsBits;
  if (!counts) return false;
  for (int64_t l = 0; l < k; l += 32, bits += kSignColumns) {
    const int64_t inputs = k - l < 32 ? k - l : 32;
    for (int64_t j = 0; j < kSignColumns; j++) {
      bits[j] = 0;
      for (int64_t i = 0; j < columns && i < inputs; i++) {
        const float weight = b[(l + i) * bK + j * bN];
        if (weight != 1.0f && weight != -1.0f) return false;
        bits[j] |= uint32_t(weight == 1.0f) << i;
      }
    }
  }
  return true;
}

// R rows by V registers of 16 columns.
template <int R, int V>
COUNTS_BITS inline void countTile(const uint16_t* words, int64_t perRow, const uint32_t* bits, int64_t block, float* c, int64_t cRow, int64_t columns, bool add) {
  __m512i plus[R][V];
  int fired[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; r++) {
    fired[r] = 0;
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) plus[r][v] = _mm512_setzero_si512();
  }
  for (int64_t w = 0; w < perRow; w += 2, bits += kSignColumns) {
    __m512i row[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) {
      const uint16_t* from = words + r * perRow + w;
      const uint32_t set = from[0] | (w + 1 < perRow ? uint32_t(from[1]) << 16 : 0);
      fired[r] += __builtin_popcount(set);
      row[r] = _mm512_set1_epi32(int(set));
    }
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      const __m512i ones = _mm512_loadu_si512(bits + v * block);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) plus[r][v] = _mm512_add_epi32(plus[r][v], _mm512_popcnt_epi32(_mm512_and_si512(ones, row[r])));
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) {
    const int64_t left = columns - v * kSignColumns;
    const __mmask16 inside = left >= kSignColumns ? __mmask16(0xffff) : __mmask16((1u << left) - 1);
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) {
      float* to = c + r * cRow + v * kSignColumns;
      __m512 sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_slli_epi32(plus[r][v], 1), _mm512_set1_epi32(fired[r])));
      if (add) sum = _mm512_add_ps(_mm512_maskz_loadu_ps(inside, to), sum);
      _mm512_mask_storeu_ps(to, inside, sum);
    }
  }
}

template <int V>
COUNTS_BITS void countColumns(const uint16_t* words, int64_t rows, int64_t k, const uint32_t* bits, float* c, int64_t cRow, int64_t columns, bool add) {
  const int64_t perRow = (k + 15) / 16, block = (k + 31) / 32 * kSignColumns;
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) countTile<4, V>(words + i * perRow, perRow, bits, block, c + i * cRow, cRow, columns, add);
  for (; i < rows; i++) countTile<1, V>(words + i * perRow, perRow, bits, block, c + i * cRow, cRow, columns, add);
}

void countSigns(const uint16_t* words, int64_t rows, int64_t k, const uint32_t* bits, float* c, int64_t cRow, int64_t columns, bool add) {
  const int64_t block = (k + 31) / 32 * kSignColumns;
  int64_t j = 0;
  for (; j + 48 < columns; j += 64) countColumns<4>(words, rows, k, bits + j / kSignColumns * block, c + j, cRow, columns - j, add);
  for (; j < columns; j += kSignColumns) countColumns<1>(words, rows, k, bits + j / kSignColumns * block, c + j, cRow, columns - j, add);
}

#undef COUNTS_BITS

}  // namespace
}  // namespace spikeward
