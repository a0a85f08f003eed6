// Products of spikes with weights of −1 and 1 (such as Rademacher directions) by look-up of counts in memory: if p of s
// inputs that fired have weight 1, the sum is 2 p − s. Counts are bytes, so that a register holds four times as many
// columns as with sums. Integers are exact, so the results equal those of isa/spikes/spikesByLoads.inl to the bit.

namespace spikeward {
namespace {

constexpr int kSignColumns = 16, kSignBlock = 64;         // columns of stored signs, and of a table
constexpr int kTableWords = 4, kTableGroups = 16;         // of the tables at once: 64 inputs, 16 KiB
constexpr int64_t kCountWords = 12, kCountRows = 160;     // words whose counts fit in a byte, and rows whose counts stay in the cache
using Bytes = Vec<uint8_t, VECTOR_BYTES>;

// Bytes for each column of one block: which of eight inputs have weight 1, [4 ⌈k/32⌉][kSignColumns].
inline int64_t signBytes(int64_t k) { return (k + 31) / 32 * 4 * kSignColumns; }

// False if a weight is neither 1 nor −1.
bool signsByLoads(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, uint32_t* to) {
  uint8_t* bits = (uint8_t*)to;
  std::memset(bits, 0, size_t(signBytes(k)));
  for (int64_t l = 0; l < k; l++) {
    uint8_t* row = bits + l / 8 * kSignColumns;
    bool all = true;
    for (int64_t j = 0; j < columns; j++) {
      const float weight = b[l * bK + j * bN];
      all &= weight == 1.0f || weight == -1.0f;
      row[j] = uint8_t(row[j] | unsigned(weight == 1.0f) << (l % 8));
    }
    if (!all) return false;
  }
  return true;
}

// The bytes of `counts` that `nibbles` select.
inline __attribute__((always_inline)) Bytes chooseBytes(const uint8_t* counts, Bytes nibbles) {
#if defined(VECTOR_NEON)
  return (Bytes)vqtbl1q_u8(vld1q_u8(counts), (uint8x16_t)nibbles);
#else
  return (Bytes)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i*)counts)), (__m256i)nibbles);
#endif
}

// counts[p][n]: how many inputs are in both of two patterns of four.
struct PatternCounts {
  alignas(64) uint8_t counts[16][16];
  constexpr PatternCounts() : counts() {
    for (int p = 0; p < 16; p++) for (int n = 0; n < 16; n++) for (int i = 0; i < 4; i++) counts[p][n] = uint8_t(counts[p][n] + (p & n & 1 << i ? 1 : 0));
  }
};

// tables[g][p][j]: how many inputs of group g that are in pattern p have weight 1 in column j < 16 · blocks.
inline void countTables(const uint8_t* signs, int64_t block, int64_t blocks, int64_t words, uint8_t* tables) {
  static constexpr PatternCounts both;
  for (int64_t pair = 0; pair < 2 * words; pair++, signs += kSignColumns) {
    uint8_t bits[kSignBlock] = {};
    for (int64_t h = 0; h < blocks; h++) std::memcpy(bits + h * kSignColumns, signs + h * block, kSignColumns);
    for (int half = 0; half < 2; half++, tables += 16 * kSignBlock) {
      for (int j = 0; j < kSignBlock; j += VECTOR_BYTES) {
        const Bytes nibbles = (loadV<uint8_t, VECTOR_BYTES>(bits + j) >> (4 * half)) & 15;
        for (int p = 0; p < 16; p++) storeV<uint8_t, VECTOR_BYTES>(tables + p * kSignBlock + j, chooseBytes(both.counts[p], nibbles));
      }
    }
  }
}

// counts = or += the table rows of each row's words.
template <int64_t Words>
inline __attribute__((always_inline)) void addTables(const uint16_t* words, int64_t perRow, int64_t rows, const uint8_t* tables, uint8_t* counts, bool first) {
  constexpr int kVectors = kSignBlock / VECTOR_BYTES, kRowBits = 6;
  static_assert(kSignBlock == 1 << kRowBits, "");
  for (int64_t r = 0; r < rows; r++, words += perRow, counts += kSignBlock) {
    Bytes sum[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) sum[v] = first ? Bytes{} : loadV<uint8_t, VECTOR_BYTES>(counts + v * VECTOR_BYTES);
#pragma GCC unroll 4
    for (int64_t q = 0; q < Words; q++) {
      const uint64_t set = uint64_t(words[q]) << kRowBits;
#pragma GCC unroll 4
      for (int g = 0; g < 4; g++) {
        const uint8_t* row = tables + (q * 4 + g) * 16 * kSignBlock + (set >> (4 * g) & (15 << kRowBits));
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; v++) sum[v] += loadV<uint8_t, VECTOR_BYTES>(row + v * VECTOR_BYTES);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) storeV<uint8_t, VECTOR_BYTES>(counts + v * VECTOR_BYTES, sum[v]);
  }
}

// Converts eight bytes. The compiler would convert them one element at a time.
inline __attribute__((always_inline)) Vec<int32_t, 8> widened(const uint8_t* bytes) {
#if defined(VECTOR_NEON)
  const uint16x8_t half = vmovl_u8(vld1_u8(bytes));
  const uint32x4_t parts[2] = {vmovl_u16(vget_low_u16(half)), vmovl_high_u16(half)};
  return loadV<int32_t, 8>((const int32_t*)parts);
#else
  return (Vec<int32_t, 8>)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)bytes));
#endif
}

// 2 · counts − fired for eight columns.
inline __attribute__((always_inline)) Vec<float, 8> sumOf(const uint8_t* counts, int fired) {
  return __builtin_convertvector(widened(counts) * 2 - fired, Vec<float, 8>);
}

// Adds the sums of some words, for up to kSignBlock columns, to `sums` (those of earlier words) and writes them to
// `to`, or adds them to C.
inline void storeCounts(const uint16_t* words, int64_t number, const uint8_t* counts, const float* sums, float* to, int64_t columns, bool add) {
  int fired = 0;
  for (int64_t q = 0; q < number; q++) fired += __builtin_popcount(words[q]);
  for (int64_t j = 0; j < columns; j += 8) {
    auto sum = sumOf(counts + j, fired);
    if (sums != nullptr) sum += loadV<float, 8>(sums + j);
    if (columns - j >= 8) storeV<float, 8>(to + j, add ? loadV<float, 8>(to + j) + sum : sum);
    else for (int64_t q = 0; q < columns - j; q++) to[j + q] = add ? to[j + q] + sum[q] : sum[q];
  }
}

void countByLoads(const uint16_t* words, int64_t rows, int64_t k, const uint32_t* signs, float* c, int64_t cRow, int64_t columns, bool add) {
  alignas(64) uint8_t tables[kTableGroups * 16 * kSignBlock], counts[kCountRows * kSignBlock];
  alignas(64) float sums[kCountRows * kSignBlock];
  const int64_t perRow = (k + 15) / 16, block = signBytes(k);
  for (int64_t j = 0; j < columns; j += kSignBlock) {
    const int64_t some = columns - j < kSignBlock ? columns - j : kSignBlock;
    const uint8_t* bits = (const uint8_t*)signs + j / kSignColumns * block;
    for (int64_t i = 0; i < rows; i += kCountRows) {
      const int64_t part = rows - i < kCountRows ? rows - i : kCountRows;
      const uint16_t* from = words + i * perRow;
      for (int64_t first = 0; first < perRow; first += kCountWords) {
        const int64_t end = perRow - first < kCountWords ? perRow : first + kCountWords;
        for (int64_t w = first; w < end; w += kTableWords) {
          const bool whole = end - w >= kTableWords;
          countTables(bits + w * 2 * kSignColumns, block, (some + kSignColumns - 1) / kSignColumns, whole ? kTableWords : end - w, tables);
          if (whole) addTables<kTableWords>(from + w, perRow, part, tables, counts, w == first);
          else for (int64_t q = 0; q < end - w; q++) addTables<1>(from + w + q, perRow, part, tables + q * 4 * 16 * kSignBlock, counts, w + q == first);
        }
        const bool last = end == perRow;
        for (int64_t r = 0; r < part; r++) {
          const float* before = first == 0 ? nullptr : sums + r * kSignBlock;
          float* to = last ? c + (i + r) * cRow + j : sums + r * kSignBlock;
          storeCounts(from + r * perRow + first, end - first, counts + r * kSignBlock, before, to, last ? some : kSignBlock, last && add);
        }
      }
    }
  }
}

}  // namespace
}  // namespace spikeward
