// Sums of table rows, selected by lists. Four adjacent inputs have sixteen firing patterns. The weight sums of each
// pattern are rows of a table, built for 64 inputs at a time, in the order of additions of isa/spikes/spikes.inl. A
// row of A is a list of the table rows of its groups that fired, so that its sums stay in registers and silent groups
// cost nothing. Rows of A whose lists have the same length are summed together: the end of the loop is then
// predictable, and the sums do not wait for each other. Loads are the bottleneck, so the lists of rows that are summed
// together alternate in memory and one load reads an entry of each. All instruction sets sum over many rows of spikes
// and multiply blocks of many rows this way. AVX2 and NEON, whose registers are too small to hold a table, multiply
// blocks of few rows this way too.

namespace spikeward {
namespace {

constexpr int kGroup = 4, kPatterns = 16;
constexpr int kInputs = 16, kGroups = kInputs / kGroup;  // of one word
constexpr int64_t kListWords = 4;                        // of a list, and of the tables at once: 32 KiB of tables
constexpr int kListGroups = int(kListWords) * kGroups;
constexpr int kBlock = int(kSpikeColumns);               // columns of a table
// Rows of A that are summed together: the fastest number in measurements, with 8 sums in registers (24 on NEON).
constexpr int kTogether = VECTOR_BYTES == 64 ? 4 : VECTOR_BYTES == 32 ? 2 : 3;
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
#if defined(__AVX512F__)
  if (aK == 1 && inputs == kInputs) return _mm512_cmp_ps_mask(_mm512_loadu_ps(a), _mm512_setzero_ps(), _CMP_NEQ_UQ);
#elif defined(__AVX2__)
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

// The lists of rows of A for one set of tables. Rows are sorted by the length of their lists; the lists of kTogether
// rows alternate.
template <class T>
struct ListsIn {
  T* entries;  // [chunks][kListGroups][kTogether]: offsets of table rows in bytes; behind the end of a list, those of zeros
  T* order;    // [chunks][kTogether]: numbers of rows, by ascending length
  T* lengths;  // [chunks]: of the longest list
};
using Lists = ListsIn<const uint16_t>;

inline int64_t listedChunks(int64_t rows) { return ceilDiv(rows, kTogether); }
// Numbers of 32 bits that the lists of some rows take.
inline int64_t listElements(int64_t rows) { return ceilDiv(listedChunks(rows) * (kListGroups * kTogether + kTogether + 1), 32) * 16; }

template <class T>
inline ListsIn<T> listsAt(T* memory, int64_t rows) {
  T* const order = memory + listedChunks(rows) * kListGroups * kTogether;
  return {memory, order, order + listedChunks(rows) * kTogether};
}

#if defined(__AVX2__) && !defined(__AVX512F__)
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

// The table rows, as offsets in bytes, of the groups that fired among 64 inputs; the rest of the list names the first
// row of the first table, which holds zeros.
inline __attribute__((always_inline)) void listOf(uint64_t fired, uint16_t* list) {
  constexpr unsigned kRowBits = 7, kTableBits = 11;
  static_assert(1 << kRowBits == kBlock * sizeof(float) && 1 << kTableBits == kPatterns << kRowBits, "the bytes of a row and of a table");
  static_assert(kListGroups << kTableBits <= 65536, "an offset has 16 bits");
#if defined(__AVX512F__)
  const __m512i shifts = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
  const __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i halves = _mm512_inserti32x8(_mm512_set1_epi32(int(fired)), _mm256_set1_epi32(int(fired >> 32)), 1);
  const __m512i patterns = _mm512_and_si512(_mm512_srlv_epi32(halves, shifts), _mm512_set1_epi32(15));
  const __m512i rows = _mm512_or_si512(_mm512_slli_epi32(numbers, kTableBits), _mm512_slli_epi32(patterns, kRowBits));
  const __m512i gathered = _mm512_maskz_compress_epi32(_mm512_test_epi32_mask(patterns, patterns), rows);
  _mm256_storeu_si256((__m256i*)list, _mm512_cvtepi32_epi16(gathered));
#elif defined(__AVX2__)
  static constexpr Gathering gathering;
  const __m256i shifts = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);
  __m256i tables = _mm256_slli_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), kTableBits);
  _mm_storeu_si128((__m128i*)(list + 8), _mm_setzero_si128());
  for (int half = 0; half < 2; half++, fired >>= 32) {
    const __m256i patterns = _mm256_and_si256(_mm256_srlv_epi32(_mm256_set1_epi32(int(fired)), shifts), _mm256_set1_epi32(15));
    const __m256i rows = _mm256_add_epi32(tables, _mm256_slli_epi32(patterns, kRowBits));
    const unsigned set = unsigned(_mm256_movemask_ps((__m256)_mm256_cmpgt_epi32(patterns, _mm256_setzero_si256())));
    const __m128i offsets = _mm_packus_epi32(_mm256_castsi256_si128(rows), _mm256_extracti128_si256(rows, 1));
    _mm_storeu_si128((__m128i*)list, _mm_shuffle_epi8(offsets, _mm_load_si128((const __m128i*)gathering.indices[set])));
    list += __builtin_popcount(set);
    tables = _mm256_add_epi32(tables, _mm256_set1_epi32(8 << kTableBits));
  }
#else
  int count = 0;
  for (unsigned g = 0; g < unsigned(kListGroups); g++, fired >>= kGroup) {
    list[count] = uint16_t(g << kTableBits | unsigned(fired & 15) << kRowBits);
    count += (fired & 15) != 0;
  }
  for (; count < kListGroups; count++) list[count] = 0;
#endif
}

// entries[e][r] = lists[r][e].
inline __attribute__((always_inline)) void alternateLists(const uint16_t (*lists)[kListGroups], uint16_t* entries) {
#if defined(__AVX2__)
  constexpr int kHalf = kTogether / 2;
#pragma GCC unroll 2
  for (int e = 0; e < kListGroups; e += 8, entries += 8 * kTogether) {
    __m128i row[kTogether], next[kTogether];
#pragma GCC unroll 4
    for (int r = 0; r < kTogether; r++) row[r] = _mm_load_si128((const __m128i*)(lists[r] + e));
    // Each round interleaves the first half of the rows with the second; after log₂ kTogether rounds every entry is in
    // its place.
#pragma GCC unroll 2
    for (int round = 1; round < kTogether; round *= 2) {
#pragma GCC unroll 2
      for (int r = 0; r < kHalf; r++) {
        next[2 * r] = _mm_unpacklo_epi16(row[r], row[r + kHalf]);
        next[2 * r + 1] = _mm_unpackhi_epi16(row[r], row[r + kHalf]);
      }
#pragma GCC unroll 4
      for (int r = 0; r < kTogether; r++) row[r] = next[r];
    }
#pragma GCC unroll 4
    for (int r = 0; r < kTogether; r++) _mm_storeu_si128((__m128i*)(entries + 8 * r), row[r]);
  }
#else
  for (int e = 0; e < kListGroups; e++) for (int r = 0; r < kTogether; r++) entries[e * kTogether + r] = lists[r][e];
#endif
}

inline int groupsIn(uint64_t fired) {
  fired |= fired >> 1;
  fired |= fired >> 2;
  return __builtin_popcountll(fired & 0x1111111111111111u);
}

// The lists of rows whose spikes are `number` ≤ kListWords words, `stride` words from row to row.
void arrangeLists(const uint16_t* words, int64_t stride, int64_t number, int64_t rows, int32_t* patterns) {
  const ListsIn<uint16_t> to = listsAt((uint16_t*)patterns, rows);
  const auto firedOf = [&](int64_t row) {
    uint64_t fired = 0;
    if (number == kListWords) std::memcpy(&fired, words + row * stride, sizeof fired);
    else for (int64_t w = 0; w < number; w++) fired |= uint64_t(words[row * stride + w]) << (kInputs * w);
    return fired;
  };
  int64_t at[kListGroups + 2] = {};
  for (int64_t i = 0; i < rows; i++) at[groupsIn(firedOf(i)) + 1]++;
  for (int i = 0; i < kListGroups; i++) at[i + 1] += at[i];
  for (int64_t i = 0; i < rows; i++) to.order[at[groupsIn(firedOf(i))]++] = uint16_t(i);
  // Several lists are written before the first is read, because the processor cannot forward a load from two stores.
  constexpr int64_t kAhead = 4 * kTogether;
  alignas(64) uint16_t lists[kAhead][kListGroups] = {};
  for (int64_t first = 0; first < rows; first += kAhead) {
    const int64_t end = rows - first < kAhead ? rows : first + kAhead;
    for (int64_t i = first; i < end; i++) listOf(firedOf(to.order[i]), lists[i - first]);
    for (int64_t i = first; i < end; i += kTogether) {
      alternateLists(lists + (i - first), to.entries + i * kListGroups);
      to.lengths[i / kTogether] = uint16_t(groupsIn(firedOf(to.order[(end - i < kTogether ? end : i + kTogether) - 1])));
    }
  }
}

// ---- sums of table rows

// Where the sums of rows of A start and go: to[i · toRow] = from[i · fromRow] + its table rows, or those added to
// to[i · toRow].
struct Sums {
  const float* from;  // null: zeros
  int64_t fromRow;
  float* to;
  int64_t toRow;
  bool add, pastCache;  // pastCache: stored past the caches; not with `add`
};

// The table rows at R alternating entries.
template <int R>
inline __attribute__((always_inline)) void tableRowsAt(const uint16_t* entries, const float* tables, const float** rows) {
  const auto at = [&](uint16_t offset) { return (const float*)((const char*)tables + offset); };
  if constexpr (R == 4) {
    uint64_t four;
    std::memcpy(&four, entries, sizeof four);
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) rows[r] = at(uint16_t(four >> (16 * r)));
  } else {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) rows[r] = at(entries[r]);
  }
}

// R of the rows that alternate, from number `first` of them on; V registers of columns.
template <int R, int V, bool Streaming>
inline __attribute__((always_inline)) void sumLists(const Lists& lists, int64_t chunk, int first, const Sums& t, const float* tables) {
  const uint16_t* const order = lists.order + chunk * kTogether + first;
  const uint16_t* entries = lists.entries + chunk * kListGroups * kTogether + first;
  Row sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) sum[r][v] = t.from == nullptr ? Row{} : loadV<float, kWidth>(t.from + order[r] * t.fromRow + v * kWidth);
  }
  for (int e = lists.lengths[chunk]; e > 0; e--, entries += kTogether) {
    const float* rows[R];
    tableRowsAt<R>(entries, tables, rows);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
      for (int v = 0; v < V; v++) sum[r][v] += loadV<float, kWidth>(rows[r] + v * kWidth);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    float* to = t.to + order[r] * t.toRow;
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) {
      if (Streaming && t.pastCache) storePastCache(to + v * kWidth, sum[r][v]);
      else storeV<float, kWidth>(to + v * kWidth, t.add ? loadV<float, kWidth>(to + v * kWidth) + sum[r][v] : sum[r][v]);
    }
  }
}

template <int V, bool Streaming>
void sumAll(const Lists& lists, int64_t rows, const Sums& t, const float* tables, Fetching* fetching) {
  const int64_t whole = rows / kTogether;
  for (int64_t chunk = 0; chunk < whole; chunk++) {
    sumLists<kTogether, V, Streaming>(lists, chunk, 0, t, tables);
    if (Streaming) fetching->some();
  }
  for (int64_t r = whole * kTogether; r < rows; r++) sumLists<1, V, Streaming>(lists, whole, int(r - whole * kTogether), t, tables);
}

// `fetching` is null if sums stay in the cache.
void sumColumns(int64_t columns, const Lists& lists, int64_t rows, const Sums& t, const float* tables, Fetching* fetching) {
  constexpr int kMost = kBlock / kWidth;
  const int64_t registers = ceilDiv(columns, kWidth);
  if constexpr (kMost >= 4) if (registers * 4 <= kMost) return sumAll<kMost / 4, false>(lists, rows, t, tables, nullptr);
  if (registers * 2 <= kMost) sumAll<kMost / 2, false>(lists, rows, t, tables, nullptr);
  else if (fetching == nullptr) sumAll<kMost, false>(lists, rows, t, tables, nullptr);
  else sumAll<kMost, true>(lists, rows, t, tables, fetching);
}

// ---- products of rows of spikes with weights

constexpr int64_t kBlockRows = 512;  // rows of A that share tables

// The weights of one block of columns, in rows of kBlock, padded to whole words.
int64_t tableElements(int64_t k) { return ceilDiv(k, kInputs) * kInputs * kBlock; }

void packWeights(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* to) {
  for (int64_t l = 0; l < k; l += kInputs, to += kInputs * kBlock) copyWeights(b + l * bK, bK, bN, k - l < kInputs ? k - l : kInputs, columns, to);
}

// The spikes as bits.
int64_t spikeWords(const float* a, ptrdiff_t aRow, ptrdiff_t aK, int64_t rows, int64_t k, uint16_t* words) {
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t l = 0; l < k; l += kInputs, words++) {
      const unsigned set = firedIn(a + i * aRow + l * aK, aK, k - l < kInputs ? k - l : kInputs);
      *words = uint16_t(set);
      count += __builtin_popcount(set);
    }
  }
  return count;
}

int64_t patternElements(int64_t rows, int64_t k) { return ceilDiv(ceilDiv(k, kInputs), kListWords) * listElements(rows); }

void listPatterns(const uint16_t* words, int64_t rows, int64_t k, int32_t* patterns) {
  const int64_t perRow = ceilDiv(k, kInputs);
  for (int64_t w = 0; w < perRow; w += kListWords, patterns += listElements(rows)) {
    arrangeLists(words + w, perRow, perRow - w < kListWords ? perRow - w : kListWords, rows, patterns);
  }
}

inline void storeSums(const float* sums, int64_t rows, float* c, int64_t cRow, int64_t columns, bool add) {
  for (int64_t i = 0; i < rows; i++, sums += kBlock, c += cRow) {
    if (!add) std::memcpy(c, sums, size_t(columns) * sizeof(float));
    else for (int64_t j = 0; j < columns; j++) c[j] += sums[j];
  }
}

void lookUpLists(const int32_t* patterns, int64_t rows, int64_t k, const float* weights, float* c, int64_t cRow, int64_t columns, bool add, const Streams& streams) {
  alignas(64) float sums[kBlockRows * kBlock], tables[kListGroups * kPatterns * kBlock];
  const int64_t perRow = ceilDiv(k, kInputs);
  Fetching fetching(streams, ceilDiv(columns, kBlock) * ceilDiv(perRow, kListWords) * ceilDiv(rows, kTogether));
  for (int64_t j = 0; j < columns; j += kBlock, weights += tableElements(k)) {
    const int64_t some = columns - j < kBlock ? columns - j : kBlock;
    for (int64_t w = 0; w < perRow; w += kListWords) {
      const int64_t number = perRow - w < kListWords ? perRow - w : kListWords;
      const bool direct = w + number == perRow && some == kBlock;
      const Lists lists = listsAt((const uint16_t*)(patterns + w / kListWords * listElements(rows)), rows);
      tablesOf(weights + w * kInputs * kBlock, number * kGroups, tables);
      sumColumns(some, lists, rows, {w == 0 ? nullptr : sums, kBlock, direct ? c + j : sums, direct ? cRow : kBlock, direct && add, direct && streams.storesPastCache && !add}, tables, streams.storesPastCache ? &fetching : nullptr);
    }
    if (some < kBlock) storeSums(sums, rows, c + j, cRow, some, add);
  }
  if (streams.storesPastCache) endOfStores();
}

// ---- sums over many rows of spikes: Aᵀ B, where four adjacent rows form a group

// The lists of m columns of A with k ≤ kSpikeDepth rows. Column i of row l is a[i · aM + l · aK].
static_assert(kSpikeDepth == kListWords * kInputs, "a call of lookUpColumns builds tables once");

int64_t columnElements(int64_t m) { return listElements(m) + m * kListWords / 2; }

void listColumns(const float* a, ptrdiff_t aM, ptrdiff_t aK, int64_t m, int64_t k, int32_t* patterns) {
  uint16_t* const words = (uint16_t*)(patterns + listElements(m));
  using Bits = Vec<int32_t, kWidth>;
  const int64_t number = ceilDiv(k, kInputs);
  for (int64_t i = 0; i < m; i += kWidth) {
    const int64_t some = m - i < kWidth ? m - i : kWidth;
    for (int64_t l = 0; l < k; l += kInputs) {
      const int64_t rows = k - l < kInputs ? k - l : kInputs;
      uint16_t* const to = words + i * number + l / kInputs;
      if (aM == 1 && some == kWidth) {
        Bits fired{};
        for (int64_t q = 0; q < rows; q++) fired |= bitsOf<Bits>(loadV<float, kWidth>(a + i + (l + q) * aK) != 0.0f) & (1 << q);
        alignas(Bits) int32_t bits[kWidth];
        storeV<int32_t, kWidth>(bits, fired);
        for (int q = 0; q < kWidth; q++) to[q * number] = uint16_t(bits[q]);
      } else {
        for (int64_t q = 0; q < some; q++) to[q * number] = uint16_t(firedIn(a + (i + q) * aM + l * aK, aK, rows));
      }
    }
  }
  arrangeLists(words, number, number, m, patterns);
}

// C in blocks of columns: [⌈n/kBlock⌉][m][kBlock], = or += the sum over k ≤ kSpikeDepth rows.
void sumColumnLists(const int32_t* patterns, int64_t m, int64_t k, const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t n, float* c, bool accumulate) {
  alignas(64) float weights[kInputs * kBlock], tables[kListGroups * kPatterns * kBlock];
  for (int64_t j = 0; j < n; j += kBlock, c += m * kBlock) {
    const int64_t some = n - j < kBlock ? n - j : kBlock;
    for (int64_t l = 0; l < k; l += kInputs) {
      copyWeights(b + l * bK + j * bN, bK, bN, k - l < kInputs ? k - l : kInputs, some, weights);
      tablesOf(weights, kGroups, tables + l / kGroup * kPatterns * kBlock);
    }
    sumColumns(some, listsAt((const uint16_t*)patterns, m), m, {accumulate ? c : nullptr, kBlock, c, kBlock, false, false}, tables, nullptr);
  }
}

}  // namespace
}  // namespace spikeward
