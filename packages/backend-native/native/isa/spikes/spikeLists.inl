// Sums of table rows, selected by lists. Four adjacent inputs have sixteen firing patterns. The weight sums of each
// pattern are rows of a table, built for 128 inputs at a time, in the order of additions of isa/spikes/spikes.inl. A
// row of A is a list of the table rows of its groups that fired, so that its sums stay in registers and silent groups
// cost nothing. Rows of A whose lists have the same length are summed together: the end of the loop is
// then predictable, and the sums do not wait for each other. AVX-512, AVX2 and NEON sum over many rows of spikes this way. AVX2 and NEON,
// whose registers are too small to hold a table, also multiply spikes with weights this way
// (isa/spikes/spikesByLoads.inl).

namespace spikeward {
namespace {

constexpr int kGroup = 4, kPatterns = 16;
constexpr int kInputs = 16, kGroups = kInputs / kGroup;  // of one word
constexpr int64_t kListWords = 8;                        // of a list, and of the tables at once
constexpr int kListGroups = int(kListWords) * kGroups;
constexpr int kBlock = int(kSpikeColumns);               // columns of a table
// Rows of A that are summed together: the fastest number in measurements, with 16 sums in registers (24 on NEON).
constexpr int kTogether = VECTOR_BYTES == 64 ? 8 : VECTOR_BYTES == 32 ? 4 : 3;
constexpr int kWidth = kFull<float>;
using Row = Vec<float, kWidth>;

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// tables[g][p][j] = Σ_{i in p} weights[4 g + i][j], terms in order, for some groups of inputs; `weights` has rows of
// kBlock.
inline void tablesOf(const float* weights, int64_t groups, float* tables) {
  for (int64_t g = 0; g < groups; g++, weights += kGroup * kBlock, tables += kPatterns * kBlock) {
    for (int j = 0; j < kBlock; j += kWidth) {
      Row sum[kPatterns / 2];
      sum[0] = Row{};
      // A pattern adds its last input to the pattern without it; patterns with the fourth input are only stored.
#pragma GCC unroll 3
      for (int i = 0; i < kGroup - 1; i++) {
        const Row row = loadV<float, kWidth>(weights + i * kBlock + j);
#pragma GCC unroll 4
        for (int p = 0; p < 1 << i; p++) sum[(1 << i) + p] = sum[p] + row;
      }
      const Row last = loadV<float, kWidth>(weights + (kGroup - 1) * kBlock + j);
#pragma GCC unroll 8
      for (int p = 0; p < kPatterns / 2; p++) {
        storeV<float, kWidth>(tables + p * kBlock + j, sum[p]);
        storeV<float, kWidth>(tables + (kPatterns / 2 + p) * kBlock + j, sum[p] + last);
      }
    }
  }
}

// Sixteen rows of B from row `first` on, zeros beyond its end.
inline void copyWeights(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t rows, int64_t columns, float* to) {
  for (int64_t l = 0; l < kInputs; l++, to += kBlock) {
    int64_t j = 0;
    if (l < rows) {
      if (bN == 1 && columns == kBlock) {
#pragma GCC unroll 8
        for (; j < kBlock; j += kWidth) storeV<float, kWidth>(to + j, loadV<float, kWidth>(b + l * bK + j));
      } else if (bN == 1) std::memcpy(to, b + l * bK, size_t(columns) * sizeof(float)), j = columns;
      else for (; j < columns; j++) to[j] = b[l * bK + j * bN];
    }
    for (; j < kBlock; j++) to[j] = 0;
  }
}

// One bit for each of up to sixteen inputs that is not 0.
inline unsigned firedIn(const float* a, ptrdiff_t aK, int64_t inputs) {
  unsigned set = 0;
#if defined(__AVX2__)
  if (aK == 1 && inputs == kInputs) {
    const __m256 zero = _mm256_setzero_ps();
    set = unsigned(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(a), zero, _CMP_NEQ_UQ)));
    return set | unsigned(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(a + 8), zero, _CMP_NEQ_UQ))) << 8;
  }
#elif defined(VECTOR_NEON)
  if (aK == 1 && inputs == kInputs) return nonZeroBits(a);
#endif
  for (int64_t l = 0; l < inputs; l++) set |= unsigned(a[l * aK] != 0.0f) << l;
  return set;
}

// ---- lists of the groups that fired

#if defined(__AVX2__)
// indices[m]: bytes that gather the 16-bit numbers of the bits of m at the front, zeros behind them.
struct Gathering {
  alignas(16) uint8_t indices[256][16];
  constexpr Gathering() : indices() {
    for (int m = 0; m < 256; m++) {
      int n = 0;
      for (int i = 0; i < 8; i++) if (m >> i & 1) indices[m][n++] = uint8_t(2 * i), indices[m][n++] = uint8_t(2 * i + 1);
      while (n < 16) indices[m][n++] = 0x80;
    }
  }
};
#endif

// The table rows, as offsets in bytes, of the groups that fired in up to kListWords words; the rest of the list names
// the first row of the first table, which holds zeros. `list` has room for whole words and, if they are fewer than
// kListWords, for nothing more. Returns the number of groups.
inline int listOf(const uint16_t* words, int64_t number, uint16_t* list) {
  constexpr unsigned kRowBits = 7, kRow = 1 << kRowBits, kTable = kPatterns * kRow;
  static_assert(kRow == kBlock * sizeof(float), "the bytes of a row");
  static_assert(kListGroups * kTable <= 65536, "an offset has 16 bits");
  int count = 0;
  int64_t w = 0;
#if defined(__AVX2__)
  static constexpr Gathering gathering;
  const __m256i shifts = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);
  __m256i tables = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(kTable));
  alignas(16) uint16_t gathered[kListGroups + 8] = {};
  for (; w < number; w += 2) {
    const unsigned two = w + 1 < number ? words[w] | unsigned(words[w + 1]) << 16 : words[w];
    const __m256i patterns = _mm256_and_si256(_mm256_srlv_epi32(_mm256_set1_epi32(int(two)), shifts), _mm256_set1_epi32(15));
    const __m256i rows = _mm256_add_epi32(tables, _mm256_slli_epi32(patterns, kRowBits));
    const unsigned fired = unsigned(_mm256_movemask_ps((__m256)_mm256_cmpgt_epi32(patterns, _mm256_setzero_si256())));
    const __m128i offsets = _mm_packus_epi32(_mm256_castsi256_si128(rows), _mm256_extracti128_si256(rows, 1));
    _mm_storeu_si128((__m128i*)(gathered + count), _mm_shuffle_epi8(offsets, _mm_load_si128((const __m128i*)gathering.indices[fired])));
    count += __builtin_popcount(fired);
    tables = _mm256_add_epi32(tables, _mm256_set1_epi32(8 * kTable));
  }
  if (number == kListWords) std::memcpy(list, gathered, kListGroups * sizeof(uint16_t));
  else std::memcpy(list, gathered, size_t(number * kGroups) * sizeof(uint16_t));
#else
  for (unsigned table = 0; w < number; w++) {
    for (int g = 0; g < kGroups; g++, table += kTable) {
      const unsigned pattern = unsigned(words[w]) >> (kGroup * g) & 15;
      list[count] = uint16_t(table + pattern * kRow);
      count += pattern != 0;
    }
  }
  for (int64_t i = count; i < number * kGroups; i++) list[i] = 0;
#endif
  return count;
}

// Row numbers in ascending order of their counts.
inline void sortByCount(const uint8_t* counts, int64_t rows, uint16_t* order) {
  int64_t at[kListGroups + 2] = {};
  for (int64_t i = 0; i < rows; i++) at[counts[i] + 1]++;
  for (int i = 0; i < kListGroups; i++) at[i + 1] += at[i];
  for (int64_t i = 0; i < rows; i++) order[at[counts[i]]++] = uint16_t(i);
}

// ---- sums of table rows

// Some rows of A, by ascending length of their lists, and where their sums start and go: to[i · toRow] = from[i · fromRow]
// + its table rows, or those added to to[i · toRow].
struct ListedRows {
  const uint16_t* lists;
  int64_t stride;  // between two lists
  const uint8_t* counts;
  const uint16_t* order;
  int64_t rows;
  const float* from;  // null: zeros
  int64_t fromRow;
  float* to;
  int64_t toRow;
  bool add;
};

// R rows from number `first` on; V registers of columns.
template <int R, int V>
inline __attribute__((always_inline)) void sumLists(const ListedRows& t, int64_t first, const float* tables) {
  const uint16_t* list[R];
  Row sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    const int64_t row = t.order[first + r];
    list[r] = t.lists + row * t.stride;
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) sum[r][v] = t.from == nullptr ? Row{} : loadV<float, kWidth>(t.from + row * t.fromRow + v * kWidth);
  }
  // The longest list is the last; shorter ones are padded with zeros.
  for (int e = 0, count = t.counts[t.order[first + R - 1]]; e < count; e++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      const float* from = (const float*)((const char*)tables + list[r][e]);
#pragma GCC unroll 8
      for (int v = 0; v < V; v++) sum[r][v] += loadV<float, kWidth>(from + v * kWidth);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    float* to = t.to + t.order[first + r] * t.toRow;
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) storeV<float, kWidth>(to + v * kWidth, t.add ? loadV<float, kWidth>(to + v * kWidth) + sum[r][v] : sum[r][v]);
  }
}

template <int V>
void sumAll(const ListedRows& t, const float* tables) {
  int64_t i = 0;
  for (; i + kTogether <= t.rows; i += kTogether) sumLists<kTogether, V>(t, i, tables);
  for (; i < t.rows; i++) sumLists<1, V>(t, i, tables);
}

void sumColumns(int64_t columns, const ListedRows& t, const float* tables) {
  constexpr int kMost = kBlock / kWidth;
  const int64_t registers = ceilDiv(columns, kWidth);
  if constexpr (kMost >= 4) if (registers * 4 <= kMost) return sumAll<kMost / 4>(t, tables);
  if (registers * 2 <= kMost) sumAll<kMost / 2>(t, tables);
  else sumAll<kMost>(t, tables);
}

// ---- sums over many rows of spikes: Aᵀ B, where four adjacent rows form a group

// The lists of m columns of A with k ≤ kSpikeDepth rows, kListGroups offsets a column, followed by the order and the
// counts of all columns. Column i of row l is a[i · aM + l · aK].
static_assert(kSpikeDepth == kListWords * kInputs, "a call of lookUpColumns builds tables once");

void listColumns(const float* a, ptrdiff_t aM, ptrdiff_t aK, int64_t m, int64_t k, int32_t* patterns) {
  uint16_t* const order = (uint16_t*)patterns + m * kListGroups;
  uint8_t* const counts = (uint8_t*)(order + m);
  using Bits = Vec<int32_t, kWidth>;
  for (int64_t i = 0; i < m; i += kWidth) {
    const int64_t some = m - i < kWidth ? m - i : kWidth;
    uint16_t words[kWidth][kListWords] = {};
    for (int64_t l = 0; l < k; l += kInputs) {
      const int64_t rows = k - l < kInputs ? k - l : kInputs;
      if (aM == 1 && some == kWidth) {
        Bits fired{};
        for (int64_t q = 0; q < rows; q++) fired |= bitsOf<Bits>(loadV<float, kWidth>(a + i + (l + q) * aK) != 0.0f) & (1 << q);
        alignas(Bits) int32_t bits[kWidth];
        storeV<int32_t, kWidth>(bits, fired);
        for (int q = 0; q < kWidth; q++) words[q][l / kInputs] = uint16_t(bits[q]);
      } else {
        for (int64_t q = 0; q < some; q++) words[q][l / kInputs] = uint16_t(firedIn(a + (i + q) * aM + l * aK, aK, rows));
      }
    }
    for (int64_t q = 0; q < some; q++) counts[i + q] = uint8_t(listOf(words[q], kListWords, (uint16_t*)patterns + (i + q) * kListGroups));
  }
  sortByCount(counts, m, order);
}

// C in blocks of columns: [⌈n/kBlock⌉][m][kBlock], = or += the sum over k ≤ kSpikeDepth rows.
void sumColumnLists(const int32_t* patterns, int64_t m, int64_t k, const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t n, float* c, bool accumulate) {
  alignas(64) float weights[kInputs * kBlock], tables[kListGroups * kPatterns * kBlock];
  const uint16_t* const order = (const uint16_t*)patterns + m * kListGroups;
  const uint8_t* const counts = (const uint8_t*)(order + m);
  for (int64_t j = 0; j < n; j += kBlock, c += m * kBlock) {
    const int64_t some = n - j < kBlock ? n - j : kBlock;
    for (int64_t l = 0; l < k; l += kInputs) {
      copyWeights(b + l * bK + j * bN, bK, bN, k - l < kInputs ? k - l : kInputs, some, weights);
      tablesOf(weights, kGroups, tables + l / kGroup * kPatterns * kBlock);
    }
    sumColumns(some, {(const uint16_t*)patterns, kListGroups, counts, order, m, accumulate ? c : nullptr, kBlock, c, kBlock, false}, tables);
  }
}

}  // namespace
}  // namespace spikeward
