// Products of spikes with weights by look-up, for AVX-512. Four adjacent inputs have sixteen firing patterns, and the
// weight sums of all patterns fit in one register: one instruction then looks up the sums of sixteen rows of A, where
// multiplication takes four. Every element is the sum over groups of four inputs, in order, of the sum over the group's
// spikes, in order. Silent groups change nothing, so a few spikes can be added one by one with the same bits.

namespace spikeward {
namespace {

constexpr int kLookUpColumns = 8;

// tables[g][j][p] = Σ_{i in p} b[4 g + i][j] for j < 8, g < 2 ⌈k/8⌉; 0 past the last column or input.
void spikeTables(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* tables) {
  static constexpr __mmask16 has[kGroup] = {0xaaaa, 0xcccc, 0xf0f0, 0xff00};
  for (int64_t l = 0; l < (k + 7) / 8 * 8; l += kGroup) {
    for (int64_t j = 0; j < kLookUpColumns; j++, tables += kPatterns) {
      __m512 sum = _mm512_setzero_ps();
      if (j < columns) for (int i = 0; i < kGroup && l + i < k; i++) sum = _mm512_mask_add_ps(sum, has[i], sum, _mm512_set1_ps(b[(l + i) * bK + j * bN]));
      _mm512_storeu_ps(tables, sum);
    }
  }
}

// Transposes sixteen rows of sixteen bytes: byte i of row j becomes byte j of row i.
inline __attribute__((always_inline)) void turnBytes(__m128i* rows) {
  __m128i next[16];
  // Each round interleaves rows that are eight apart; after four rounds every byte is in its place.
#pragma GCC unroll 4
  for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
      next[2 * i] = _mm_unpacklo_epi8(rows[i], rows[i + 8]);
      next[2 * i + 1] = _mm_unpackhi_epi8(rows[i], rows[i + 8]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) rows[i] = next[i];
  }
}

// The spikes of rows of A, 8 inputs to a number: [⌈rows/16⌉][2 ⌈k/16⌉][16 rows].
int64_t turnedElements(int64_t rows, int64_t k) { return ceilDiv(rows, 16) * ceilDiv(k, 16) * 32; }

void turnPatterns(const uint16_t* words, int64_t rows, int64_t k, int32_t* patterns) {
  const int64_t perRow = ceilDiv(k, 16);
  for (int64_t first = 0; first < rows; first += 16, words += 16 * perRow) {
    const int64_t some = rows - first < 16 ? rows - first : 16;
    for (int64_t w = 0; w < perRow; w += 8) {
      const int64_t bytes = perRow - w < 8 ? 2 * (perRow - w) : 16;
      __m128i row[16];
      if (some == 16 && bytes == 16) {
#pragma GCC unroll 16
        for (int64_t i = 0; i < 16; i++) row[i] = _mm_loadu_si128((const __m128i*)(words + i * perRow + w));
      } else {
        for (int64_t i = 0; i < 16; i++) row[i] = i < some ? _mm_maskz_loadu_epi8(__mmask16((1u << bytes) - 1), words + i * perRow + w) : _mm_setzero_si128();
      }
      turnBytes(row);
      for (int64_t p = 0; p < bytes; p++, patterns += 16) _mm512_storeu_si512(patterns, _mm512_cvtepu8_epi32(row[p]));
    }
  }
}

// Writes eight registers of 16 rows each as rows of eight columns, or adds them to C.
template <bool Add>
inline __attribute__((always_inline)) void storeTurned(const __m512* sum, float* c, int64_t cRow, int64_t rows, int64_t columns) {
  __m512 four[2][4];  // each quarter of a register holds four columns of one row
#pragma GCC unroll 2
  for (int h = 0; h < 2; h++) {
    const __m512* s = sum + 4 * h;
    const __m512d a = (__m512d)_mm512_unpacklo_ps(s[0], s[1]), b = (__m512d)_mm512_unpackhi_ps(s[0], s[1]);
    const __m512d d = (__m512d)_mm512_unpacklo_ps(s[2], s[3]), e = (__m512d)_mm512_unpackhi_ps(s[2], s[3]);
    four[h][0] = (__m512)_mm512_unpacklo_pd(a, d);
    four[h][1] = (__m512)_mm512_unpackhi_pd(a, d);
    four[h][2] = (__m512)_mm512_unpacklo_pd(b, e);
    four[h][3] = (__m512)_mm512_unpackhi_pd(b, e);
  }
  const __m512i low = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), high = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
  const bool whole = rows >= 16 && columns == kLookUpColumns;
  const __mmask8 inside = __mmask8((1u << columns) - 1);
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const __m512d a = (__m512d)four[0][i], b = (__m512d)four[1][i];
    const __m512 x = (__m512)_mm512_permutex2var_pd(a, low, b), y = (__m512)_mm512_permutex2var_pd(a, high, b);
    const __m256 rowsOf[4] = {_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1), _mm512_castps512_ps256(y), _mm512_extractf32x8_ps(y, 1)};
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
      float* to = c + (4 * q + i) * cRow;
      if (whole) _mm256_storeu_ps(to, Add ? _mm256_add_ps(_mm256_loadu_ps(to), rowsOf[q]) : rowsOf[q]);
      else if (4 * q + i < rows) _mm256_mask_storeu_ps(to, inside, Add ? _mm256_add_ps(_mm256_maskz_loadu_ps(inside, to), rowsOf[q]) : rowsOf[q]);
    }
  }
}

// sum + x. Every other one uses the multiply-add unit, which would be idle otherwise; x · 1 is exact.
inline __attribute__((always_inline)) __m512 addBeside(__m512 sum, __m512 x, __m512 one, int number) {
  return number % 2 == 0 ? _mm512_fmadd_ps(x, one, sum) : _mm512_add_ps(sum, x);
}

// Eight columns of R times 16 rows. The look-up instruction reads only the low four bits of a number.
template <int R, bool Add>
inline __attribute__((always_inline)) void lookUpTile(const int32_t* patterns, int64_t block, int64_t pairs, const float* tables, float* c, int64_t cRow, int64_t rows, int64_t columns) {
  __m512 one = _mm512_set1_ps(1.0f);
  asm("" : "+v"(one));
  __m512 sum[R][kLookUpColumns];
#pragma GCC unroll 2
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
    for (int j = 0; j < kLookUpColumns; j++) sum[r][j] = _mm512_setzero_ps();
  }
  for (int64_t g = 0; g < pairs; g++, patterns += 16) {
    __m512i pattern[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; r++) pattern[r] = _mm512_loadu_si512(patterns + r * block);
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++, tables += kLookUpColumns * kPatterns) {
#pragma GCC unroll 8
      for (int j = 0; j < kLookUpColumns; j++) {
        __m512 table = _mm512_loadu_ps(tables + j * kPatterns);
        asm("" : "+v"(table));  // stays in a register, because loads are the bottleneck
#pragma GCC unroll 2
        for (int r = 0; r < R; r++) sum[r][j] = addBeside(sum[r][j], _mm512_permutexvar_ps(pattern[r], table), one, j * R + r);
      }
#pragma GCC unroll 2
      for (int r = 0; r < R; r++) pattern[r] = _mm512_srli_epi32(pattern[r], kGroup);
    }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; r++) storeTurned<Add>(sum[r], c + r * 16 * cRow, cRow, rows - r * 16, columns);
}

template <bool Add>
void lookUpAll(const int32_t* patterns, int64_t rows, int64_t k, const float* tables, float* c, int64_t cRow, int64_t columns) {
  const int64_t block = (k + 15) / 16 * 32, pairs = (k + 7) / 8;
  for (int64_t j = 0; j < columns; j += kLookUpColumns, tables += pairs * 2 * kLookUpColumns * kPatterns) {
    const int64_t some = columns - j < kLookUpColumns ? columns - j : kLookUpColumns;
    int64_t i = 0;
    for (; i + 16 < rows; i += 32) lookUpTile<2, Add>(patterns + i / 16 * block, block, pairs, tables, c + i * cRow + j, cRow, rows - i, some);
    if (i < rows) lookUpTile<1, Add>(patterns + i / 16 * block, block, pairs, tables, c + i * cRow + j, cRow, rows - i, some);
  }
}

void lookUpSpikes(const int32_t* patterns, int64_t rows, int64_t k, const float* tables, float* c, int64_t cRow, int64_t columns, bool add, const Streams&) {
  (add ? lookUpAll<true> : lookUpAll<false>)(patterns, rows, k, tables, c, cRow, columns);
}

// ---- windows of adjacent cells, whose words are those of their neighbours: sixteen adjacent rows are one load

void cellWords(const float* a, int64_t cells, const CellWindows& windows, uint16_t* to) {
  for (int64_t i = 0; i < cells; i++, to++) {
    for (int64_t l = 0; l < windows.inputs; l += 16, a += 16) {
      const __mmask16 inside = __mmask16(firstOf(windows.inputs - l < 16 ? windows.inputs - l : 16));
      to[l / 16 * windows.stride] = uint16_t(_mm512_cmp_ps_mask(_mm512_maskz_loadu_ps(inside, a), _mm512_setzero_ps(), _CMP_NEQ_UQ));
    }
    a -= (16 - windows.inputs % 16) % 16;
  }
}

// Eight columns of R times 16 rows.
template <int R, bool Add>
inline __attribute__((always_inline)) void cellsTile(const uint16_t* words, const CellWindows& windows, const float* tables, float* c, int64_t cRow, int64_t rows, int64_t columns) {
  __m512 one = _mm512_set1_ps(1.0f);
  asm("" : "+v"(one));
  __m512 sum[R][kLookUpColumns];
#pragma GCC unroll 2
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
    for (int j = 0; j < kLookUpColumns; j++) sum[r][j] = _mm512_setzero_ps();
  }
  const auto load = [](__m512i* pattern, const uint16_t* at) __attribute__((always_inline)) {
#pragma GCC unroll 2
    for (int r = 0; r < R; r++) pattern[r] = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)(at + 16 * r)));
  };
  const auto addGroup = [&](__m512i* pattern) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int j = 0; j < kLookUpColumns; j++) {
      __m512 table = _mm512_loadu_ps(tables + j * kPatterns);
      asm("" : "+v"(table));
#pragma GCC unroll 2
      for (int r = 0; r < R; r++) sum[r][j] = addBeside(sum[r][j], _mm512_permutexvar_ps(pattern[r], table), one, j * R + r);
    }
#pragma GCC unroll 2
    for (int r = 0; r < R; r++) pattern[r] = _mm512_srli_epi32(pattern[r], kGroup);
    tables += kLookUpColumns * kPatterns;
  };
  const int64_t whole = windows.inputs / 16, rest = windows.inputs % 16 / kGroup;
  for (const int64_t run : windows.runs) {
    for (const uint16_t *at = words + run, *end = at + windows.cells; at < end; at++) {
      __m512i pattern[R];
      for (int64_t w = 0; w < whole; w++) {
        load(pattern, at + w * windows.stride);
#pragma GCC unroll 4
        for (int g = 0; g < kGroups; g++) addGroup(pattern);
      }
      if (rest > 0) load(pattern, at + whole * windows.stride);
      for (int64_t g = 0; g < rest; g++) addGroup(pattern);
    }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; r++) storeTurned<Add>(sum[r], c + r * 16 * cRow, cRow, rows - r * 16, columns);
}

template <bool Add>
void lookUpAllCells(const uint16_t* words, const CellWindows& windows, int64_t rows, const float* tables, float* c, int64_t cRow, int64_t columns) {
  int64_t i = 0;
  for (; i + 16 < rows; i += 32) cellsTile<2, Add>(words + i, windows, tables, c + i * cRow, cRow, rows - i, columns);
  if (i < rows) cellsTile<1, Add>(words + i, windows, tables, c + i * cRow, cRow, rows - i, columns);
}
void lookUpCells(const uint16_t* words, const CellWindows& windows, int64_t rows, const float* tables, float* c, int64_t cRow, int64_t columns, bool add) {
  (add ? lookUpAllCells<true> : lookUpAllCells<false>)(words, windows, rows, tables, c, cRow, columns);
}

// 64 columns of one row of C, spike by spike.
inline __attribute__((always_inline)) void addGroupsBlock(const uint16_t* words, int64_t k, const float* b, ptrdiff_t bRow, float* c, int64_t columns, bool add) {
  __m512 sum[4], part[4];
  __mmask16 inside[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; v++) {
    const int64_t left = columns - v * 16;
    inside[v] = left >= 16 ? __mmask16(0xffff) : left > 0 ? __mmask16((1u << left) - 1) : __mmask16(0);
    sum[v] = _mm512_setzero_ps();
  }
  for (int64_t l = 0; l < k; l += 16) {
    for (unsigned set = *words++; set != 0;) {
      const int first = __builtin_ctz(set), group = first & ~(kGroup - 1);
      unsigned more = set & (15u << group);
      set ^= more;
      more &= more - 1;
      const float* row = b + (l + first) * bRow;
      if (more == 0) {
#pragma GCC unroll 4
        for (int v = 0; v < 4; v++) sum[v] = _mm512_add_ps(sum[v], _mm512_maskz_loadu_ps(inside[v], row + v * 16));
        continue;
      }
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) part[v] = _mm512_maskz_loadu_ps(inside[v], row + v * 16);
      for (; more != 0; more &= more - 1) {
        row = b + (l + __builtin_ctz(more)) * bRow;
#pragma GCC unroll 4
        for (int v = 0; v < 4; v++) part[v] = _mm512_add_ps(part[v], _mm512_maskz_loadu_ps(inside[v], row + v * 16));
      }
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) sum[v] = _mm512_add_ps(sum[v], part[v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < 4; v++) {
    if (add) sum[v] = _mm512_add_ps(_mm512_maskz_loadu_ps(inside[v], c + v * 16), sum[v]);
    _mm512_mask_storeu_ps(c + v * 16, inside[v], sum[v]);
  }
}

void addSpikes(const uint16_t* words, int64_t rows, int64_t k, const float* b, ptrdiff_t bRow, float* c, int64_t cRow, int64_t columns, bool add) {
  const int64_t perRow = (k + 15) / 16;
  for (int64_t j = 0; j < columns; j += 64) {
    for (int64_t i = 0; i < rows; i++) addGroupsBlock(words + i * perRow, k, b + j, bRow, c + i * cRow + j, columns - j, add);
  }
}

int64_t registerTableElements(int64_t k) { return (k + 7) / 8 * 2 * kLookUpColumns * kPatterns; }

// Lists take longer than look-up in registers where few rows share tables.
constexpr SpikeKernels registerKernels = {
  kLookUpColumns, 160, 0.12, 0, 0, registerTableElements, spikeTables, spikeWords, turnedElements, turnPatterns, lookUpSpikes,
  addSpikes, signsOf, countSigns, columnElements, listColumns, sumColumnLists, cellWords, lookUpCells,
};
constexpr SpikeKernels listKernels = {
  kBlock, kBlockRows, 0, 7, 0, tableElements, packWeights, spikeWords, patternElements, listPatterns, lookUpLists,
  addSpikes, signsOf, countSigns, columnElements, listColumns, sumColumnLists, nullptr, nullptr,
};

}  // namespace
}  // namespace spikeward
