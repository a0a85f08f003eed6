// C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]. Every element is one sum in order of k, or of groups of four (spikes by look-up).
// The exception is splitK, whose chunks depend on the shape alone. Neither the number of threads nor the choice between
// dense and event-driven computation, which depends on the contents of a block of rows or of windows, changes the
// result, not even in its last bit.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "product/dotLimits.hpp"
#include "product/rounded.hpp"
#include "product/routines.hpp"
#include "product/windowProducts.hpp"

namespace spikeward {
namespace {

template <class T>
class Dot {
 public:
  Dot(const DotProgram& d, const Work& work) : d(d), r(d.r), kernels(kernelsOf<T>(*work.isa)), w(work) {
    a_ = (const T*)w.memory[0];
    b_ = (const T*)w.memory[1];
    c_ = (T*)w.memory[2];
    panels_ = (T*)w.shared;
    rows_ = (T*)(w.shared + d.panelBytes);
    flags_ = (uint32_t*)(w.shared + d.panelBytes + d.rowBytes);
    signs_ = (uint32_t*)(w.shared + d.panelBytes + d.rowBytes + d.flagBytes);
    aBatch_ = r.aBatch;
    cBatch_ = r.m * r.n;
    aM_ = r.windowed() ? r.k : r.aM;
    aK_ = r.windowed() ? 1 : r.aK;
  }

  void rows(const DotRows& t) {
    add_ = t.add, patterns_ = t.patterns, found_ = t.found;
    if (t.aInTile) aBatch_ = r.aBatch / t.partitionSize * t.rows;
    if (t.cInTile) cBatch_ = t.repeats * t.rows * r.n;
    if (t.repeats == 1 || (t.aInTile && t.cInTile)) return someRows(0, 0, t.repeats * t.rows);
    if (d.lookUp && t.cInTile && 2 * t.rows <= std::min(d.rowBlock, kGatheredRows)) return gatheredRows(t);
    for (int64_t i = 0; i < t.repeats; i++) someRows(i * (t.aInTile ? t.rows : t.partitionSize), i * (t.cInTile ? t.rows : t.partitionSize), t.rows);
  }

  void run(int phase, int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      if (d.way == DotProgram::Way::direct) direct(task);
      else if (d.way == DotProgram::Way::fewColumns) phase == 0 ? packColumns(task) : fewColumns(task);
      else if (d.way == DotProgram::Way::panels) phase == 0 ? packPanel(task) : block(task);
      else phase == 0 ? chunk(task) : addChunks(task);
    }
  }

 private:
  void someRows(int64_t aRow, int64_t cRow, int64_t rows) {
    const bool few = d.way == DotProgram::Way::fewColumns;
    for (int64_t task = 0, tasks = few ? r.batch : d.batchTasks; task < tasks; task++) {
      for (int64_t i = 0; i < rows; i += d.rowBlock) {
        const int64_t some = std::min(d.rowBlock, rows - i);
        if (few) fewColumns(task, aRow + i, cRow + i, some);
        else block(task, aRow + i, cRow + i, some, 0, r.n);
      }
    }
  }

  // Spikes whose rows are contiguous only within a repeat, but whose sums are contiguous: blocks of several repeats,
  // because a block builds its tables once.
  void gatheredRows(const DotRows& t) {
    const int64_t most = d.rowBlock / t.rows;
    for (int64_t task = 0; task < d.batchTasks; task++) {
      const int64_t from = d.sharedA ? 0 : task, to = d.sharedA ? r.batch : task + 1;
      for (int64_t i = 0; i < t.repeats; i += most) {
        const T* a = a_ + from * aBatch_ + i * t.partitionSize * r.aM;
        const int64_t rows = std::min(most, t.repeats - i) * t.rows;
        if constexpr (sizeof(T) == 4) spikes(a, rows, i * t.rows, 0, r.n, from, to, t.rows, t.partitionSize * r.aM, {});
      }
    }
  }

  // ---- no packing: few rows, or almost no work

  void direct(int64_t batch) {
    const T* a = a_ + batch * r.aBatch;
    const T* b = b_ + batch * r.bBatch;
    T* c = c_ + batch * r.m * r.n;
    if (r.bN != 1 && r.n != 1) {
      for (int64_t i = 0; i < r.m; i++) {
        for (int64_t j = 0; j < r.n; j++) {
          T sum = 0;
          for (int64_t l = 0; l < r.k; l++) sum += a[i * r.aM + l * r.aK] * b[l * r.bK + j * r.bN];
          c[i * r.n + j] = sum;
        }
      }
      return;
    }
    int32_t* index = (int32_t*)w.scratch;
    for (int64_t l = 0; l < std::min(r.k, kDepth); l++) index[l] = int32_t(l);
    for (int64_t l = 0; l < std::max<int64_t>(r.k, 1); l += kDepth) {
      const int64_t depth = std::min(r.k - l, kDepth);
      for (int64_t i = 0; i < r.m; i++) kernels.addScaledRows(b + l * r.bK, r.bK, index, depth, a + i * r.aM + l * r.aK, r.aK, c + i * r.n, r.n, l > 0);
    }
  }

  // ---- few columns: products of rows of A with columns of B

  void packColumns(int64_t batch) {
    const T* b = b_ + batch * r.bBatch;
    T* to = panels_ + batch * r.n * r.k;
    for (int64_t j = 0; j < r.n; j++) for (int64_t l = 0; l < r.k; l++) to[j * r.k + l] = b[l * r.bK + j * r.bN];
  }
  void fewColumns(int64_t task) {
    const int64_t batch = task / d.rowBlocks, row = task % d.rowBlocks * d.rowBlock;
    fewColumns(batch, row, row, std::min(d.rowBlock, r.m - row));
  }
  void fewColumns(int64_t batch, int64_t aRow, int64_t cRow, int64_t rows) {
    const T* b = panels_ + (d.sharedB ? 0 : batch) * r.n * r.k;
    kernels.fewColumns(a_ + batch * aBatch_ + aRow * r.aM, r.aM, b, r.k, c_ + batch * cBatch_ + cRow * r.n, rows, int(r.n));
  }

  // ---- panels of B, blocks of rows of A

  void packPanel(int64_t task) {
    const int64_t batch = task / d.panels, panel = task % d.panels;
    const int64_t from = panel * d.panelColumns, columns = std::min(d.panelColumns, r.n - from);
    const T* b = b_ + batch * r.bBatch + from * r.bN;
    if constexpr (sizeof(T) == 4) if (d.operands != Operands::f32) return packRoundedPanel(*w.isa, d.operands, {b, r.bN, r.bK, columns}, r.k, (uint32_t*)(panels_ + task * r.k * d.panelColumns), d.panelColumns);
    if (!d.lookUp) packInto(panels_ + task * r.k * d.panelColumns, b, r.k, columns);
    else if constexpr (sizeof(T) == 4) {
      const SpikeKernels& s = *d.spikes;
      for (int64_t j = 0; j < columns; j += s.tableColumns) s.tables(b + j * r.bN, r.bK, r.bN, r.k, std::min<int64_t>(columns - j, s.tableColumns), tablesOf(batch, from + j));
      flags_[task] = s.signs != nullptr;
      for (int64_t j = 0; j < columns && flags_[task]; j += 16) flags_[task] = s.signs(b + j * r.bN, r.bK, r.bN, r.k, std::min<int64_t>(columns - j, 16), signsOf(batch, from + j));
    }
    if (d.packRows) {
      T* rows = rows_ + batch * r.k * r.n + from;
      for (int64_t l = 0; l < r.k; l++) for (int64_t j = 0; j < columns; j++) rows[l * r.n + j] = b[l * r.bK + j * r.bN];
    }
    if (!r.binary) flags_[task] = allFinite(panels_ + task * r.k * d.panelColumns, r.k * d.panelColumns);
  }
  void packInto(T* to, const T* b, int64_t depth, int64_t columns) const {
    for (int64_t l = 0; l < depth; l++, to += d.panelColumns, b += r.bK) {
      if (r.bN == 1) std::memcpy(to, b, size_t(columns) * sizeof(T));
      else for (int64_t j = 0; j < columns; j++) to[j] = b[j * r.bN];
      for (int64_t j = columns; j < d.panelColumns; j++) to[j] = 0;
    }
  }

  void block(int64_t task) {
    const int64_t columnBlock = task % d.columnBlocks, rest = task / d.columnBlocks;
    const int64_t rowBlock = rest % d.rowBlocks, batchTask = rest / d.rowBlocks;
    const int64_t row = rowBlock * d.rowBlock, rows = std::min(d.rowBlock, r.m - row);
    const int64_t column = columnBlock * d.columnBlock, columns = std::min(d.columnBlock, r.n - column);
    block(batchTask, row, row, rows, column, columns, streamsAt(batchTask, row, rows));
  }
  // For a block of whole C, which lies in memory.
  Streams streamsAt(int64_t batchTask, int64_t row, int64_t rows) const {
    Streams s;
    const bool isAligned = (uintptr_t(c_) | size_t(r.n) * sizeof(T)) % 64 == 0;
    s.storesPastCache = isAligned && size_t(r.batch) * size_t(cBatch_) * sizeof(T) >= kPastCacheBytes;
    if (!r.windowed() && r.aK == 1 && r.aM == r.k && d.columnBlocks == 1 && row + rows < r.m) {
      s.next = (const char*)(a_ + (d.sharedA ? 0 : batchTask) * aBatch_ + (row + rows) * r.aM);
      s.nextBytes = std::min(d.rowBlock, r.m - row - rows) * r.k * int64_t(sizeof(T));
    }
    return s;
  }
  void block(int64_t batchTask, int64_t aRow, int64_t row, int64_t rows, int64_t column, int64_t columns, const Streams& streams = {}) {
    const int64_t from = d.sharedA ? 0 : batchTask, to = d.sharedA ? r.batch : batchTask + 1;
    if (!d.mLengths.empty() && r.batch <= 1 && !d.lookUp && !d.inPlace && (r.binary || flagged(0, 1)) && sparseWindows(d, kernels, w.scratch, a_, panels_, c_ + row * r.n, aRow, rows, column, columns)) return;
    if (r.windowed() && !r.binary && !d.inPlace && denseWindows(d, kernels, w.scratch, a_, panels_, c_ + row * r.n, aRow, rows, column, columns)) return;
    if constexpr (sizeof(T) == 4) if (!d.cells.runs.empty()) return spikeWindows(d, (uint16_t*)w.scratch, a_, tablesOf(0, column), c_ + row * r.n + column, aRow, rows, columns, add_);
    // Parts of a block of whole lines are copied.
    for (int64_t i = 0, most = d.lookUp ? rows : kSparseRows; i < rows; i += most) copied(aRow + i, row + i, std::min(most, rows - i), column, columns, from, to, streams);
  }
  void copied(int64_t aRow, int64_t row, int64_t rows, int64_t column, int64_t columns, int64_t from, int64_t to, const Streams& streams) {
    const T* a = r.windowed() ? rowsOfWindows(aRow, rows) : a_ + from * aBatch_ + aRow * r.aM;
    if constexpr (sizeof(T) == 4) if (d.lookUp) return spikes(a, rows, row, column, columns, from, to, rows, 0, streams);
    const bool mayBeSparse = d.operands == Operands::f32 && r.k >= 16 && columns >= 16 && (r.binary || (!d.inPlace && sampledDensity(a, rows) < kDensity && flagged(from, to)));
    if (mayBeSparse) return sparse(a, rows, row, column, columns, from, to);
    for (int64_t batch = from; batch < to; batch++) dense(a, rows, batch, row, column, columns, 0, r.k, false);
  }

  // Windows as rows in the scratch.
  const T* rowsOfWindows(int64_t row, int64_t rows) const {
    T* to = (T*)(w.scratch + d.windowsAt);
    copyWindows(a_, {r.mLengths, r.mStrides}, row, rows, {r.kLengths, r.kStrides}, 0, r.k, to);
    return to;
  }

  T* tablesOf(int64_t batch, int64_t column) const {
    const SpikeKernels& s = *d.spikes;
    return panels_ + (batch * ceilDiv(r.n, s.tableColumns) + column / s.tableColumns) * s.tableElements(r.k);
  }
  uint32_t* signsOf(int64_t batch, int64_t column) const { return signs_ + (batch * ceilDiv(r.n, 16) + column / 16) * ceilDiv(r.k, 32) * 16; }
  const T* rowsOf(int64_t batch) const {
    const int64_t b = d.sharedB ? 0 : batch;
    return d.packRows ? rows_ + b * r.k * r.n : b_ + b * r.bBatch;
  }
  ptrdiff_t rowStride() const { return d.packRows ? r.n : r.bK; }

  // A may be in parts of `part` rows, `apart` elements from one to the next.
  void spikes(const T* a, int64_t rows, int64_t row, int64_t column, int64_t columns, int64_t from, int64_t to, int64_t part, ptrdiff_t apart, const Streams& streams) {
    const SpikeKernels& s = *d.spikes;
    char* memory = patterns_ == nullptr ? w.scratch : patterns_;
    if (patterns_ != nullptr) patterns_ += d.blockOfSpikes;
    SpikesHead& head = *(SpikesHead*)memory;
    uint16_t* words = (uint16_t*)(memory + sizeof head);
    int32_t* patterns = (int32_t*)(memory + sizeof head + bytesOfWords(d.rowBlock, r.k));
    if (!found_) {
      head = {0, false};
      const int64_t perRow = ceilDiv(r.k, 16);
      for (int64_t i = 0; i < rows; i += part, a += apart) head.spikes += s.words(a, aM_, aK_, part, r.k, words + i * perRow);
    }
    const double share = double(head.spikes) / (double(rows) * double(r.k));
    for (int64_t batch = from; batch < to; batch++) {
      T* c = c_ + batch * cBatch_ + row * r.n + column;
      if (share >= s.fewSpikesOfSigns && flagged(batch, batch + 1)) s.countSigns(words, rows, r.k, signsOf(d.sharedB ? 0 : batch, column), c, r.n, columns, add_);
      else if (share < s.fewSpikes + s.fewSpikesAndRows / double(rows)) s.addRows(words, rows, r.k, rowsOf(batch) + column, rowStride(), c, r.n, columns, add_);
      else {
        if (!head.hasPatterns) s.patterns(words, rows, r.k, patterns);
        head.hasPatterns = true;
        s.lookUp(patterns, rows, r.k, tablesOf(d.sharedB ? 0 : batch, column), c, r.n, columns, add_, streams);
      }
    }
  }

  double sampledDensity(const T* a, int64_t rows) const {
    int64_t set = 0, seen = 0;
    for (int64_t i = 0; i < rows; i += 8) {
      for (int64_t l = 0; l < r.k; l++) set += a[i * aM_ + l * aK_] != T(0);
      seen += r.k;
    }
    return double(set) / double(seen);
  }
  // Whether all panels of some batches are flagged.
  bool flagged(int64_t from, int64_t to) const {
    if (d.sharedB) from = 0, to = 1;
    for (int64_t i = from * d.panels; i < to * d.panels; i++) if (!flags_[i]) return false;
    return true;
  }

  // Rows of A from `a` on, k in [first, first + depth).
  void dense(const T* a, int64_t rows, int64_t batch, int64_t row, int64_t column, int64_t columns, int64_t first, int64_t depth, bool accumulate) {
    for (int64_t l = first; l < first + depth || l == first; l += kDepth) {
      const int64_t part = std::min(kDepth, first + depth - l), words = wordsOf(d.operands, part);
      const T* left = a + l * aK_;
      ptrdiff_t aRow = aM_, aK = aK_;
      TileFn<T> tile = kernels.tile;
      if (d.operands != Operands::f32) {
        if constexpr (sizeof(T) == 4) aRow = packRoundedRows(*w.isa, d.operands, {left, aM_, aK_, rows}, part, (uint32_t*)w.scratch);
        if constexpr (sizeof(T) == 4) tile = d.operands == Operands::bf16 ? w.isa->tileOfHalves : w.isa->tileOfBytes;
        left = (const T*)w.scratch, aK = 1;
      } else if (aK_ != 1 && columns > d.panelColumns) left = packLeft(left, rows, part), aRow = part, aK = 1;
      for (int64_t j = column; j < column + columns; j += d.panelColumns) {
        const int64_t b = d.sharedB ? 0 : batch;
        const T* panel = d.inPlace ? b_ + b * r.bBatch + l * r.bK + j : panels_ + (b * d.panels + j / d.panelColumns) * r.k * d.panelColumns + rowsBefore(d.operands, l) * d.panelColumns;
        tile(left, aRow, aK, panel, d.inPlace ? r.bK : d.panelColumns, words, c_ + batch * cBatch_ + row * r.n + j, r.n, int(rows), int(std::min(d.panelColumns, column + columns - j)), accumulate || l > first);
      }
    }
  }
  const T* packLeft(const T* a, int64_t rows, int64_t depth) const {
    T* to = (T*)w.scratch;
    for (int64_t l = 0; l < depth; l++) for (int64_t i = 0; i < rows; i++) to[i * depth + l] = a[i * r.aM + l * r.aK];
    return to;
  }

  // Blocks of k, each with the indices of all its rows, found once for all batches that share A.
  void sparse(const T* a, int64_t rows, int64_t row, int64_t column, int64_t columns, int64_t from, int64_t to) {
    int32_t* index = (int32_t*)(w.scratch + d.indexAt);
    constexpr int64_t stride = kDepth + 16;
    int64_t counts[kSparseRows];
    for (int64_t l = 0; l < r.k; l += kDepth) {
      const int64_t depth = std::min(kDepth, r.k - l);
      int64_t set = 0;
      for (int64_t i = 0; i < rows; i++) set += counts[i] = kernels.compress(a + i * aM_ + l * aK_, aK_, depth, index + i * stride);
      const bool dense = double(set) > (r.binary ? kBinaryDensity : kDensity) * double(rows * depth);
      for (int64_t batch = from; batch < to; batch++) {
        if (dense) {
          this->dense(a, rows, batch, row, column, columns, l, depth, l > 0);
          continue;
        }
        const ptrdiff_t bRow = rowStride();
        const T* b = rowsOf(batch) + l * bRow + column;
        T* c = c_ + batch * cBatch_ + row * r.n + column;
        for (int64_t i = 0; i < rows; i++) {
          if (r.binary) kernels.addRows(b, bRow, index + i * stride, counts[i], c + i * r.n, columns, l > 0);
          else kernels.addScaledRows(b, bRow, index + i * stride, counts[i], a + i * aM_ + l * aK_, aK_, c + i * r.n, columns, l > 0);
        }
      }
    }
  }

  // ---- long sums into a small result: chunks of k, each with its own partial result

  // The lists of several calls are made first, so that a block of columns of the result stays in the cache for them.
  void spikeChunk(const T* a, const T* b, int64_t first, int64_t length, T* result) {
    const SpikeKernels& s = *d.spikes;
    int32_t* const patterns = (int32_t*)w.scratch;
    const int64_t elements = s.columnElements(r.m), stretch = kListedCalls * kSpikeDepth;
    for (int64_t from = 0; from < length; from += stretch) {
      const int64_t to = std::min(from + stretch, length);
      const auto listed = [&](int64_t l) { return patterns + (l - from) / kSpikeDepth * elements; };
      const auto depth = [&](int64_t l) { return std::min(kSpikeDepth, to - l); };
      for (int64_t l = from; l < to; l += kSpikeDepth) {
        if (r.windowed()) {
          T* const rows = (T*)(w.scratch + aligned(size_t(kListedCalls * elements) * 4));
          copyWindows(a_, {r.kLengths, r.kStrides}, first + l, depth(l), {r.mLengths, r.mStrides}, 0, r.m, rows);
          s.columnPatterns((const float*)rows, 1, r.m, r.m, depth(l), listed(l));
        } else s.columnPatterns(a + l * r.aK, r.aM, r.aK, r.m, depth(l), listed(l));
      }
      for (int64_t j = 0; j < r.n; j += kSpikeColumns)
        for (int64_t l = from; l < to; l += kSpikeDepth) s.lookUpColumns(listed(l), r.m, depth(l), b + l * r.bK + j * r.bN, r.bK, r.bN, std::min(kSpikeColumns, r.n - j), result + j * r.m, l > 0);
    }
  }

  void chunk(int64_t task) {
    const int64_t batch = task / d.chunks, c = task % d.chunks;
    const int64_t from = r.k * c / d.chunks, to = r.k * (c + 1) / d.chunks;
    T* result = panels_ + task * d.chunkElements;
    if constexpr (sizeof(T) == 4) { if (d.lookUp) return spikeChunk(a_ + batch * r.aBatch + from * r.aK, b_ + batch * r.bBatch + from * r.bK, from, to - from, result); }
    // Rows of B that fill registers are not packed.
    const bool inPlace = r.bN == 1 && r.n % (64 / int64_t(sizeof(T))) == 0 && r.bK * int64_t(sizeof(T)) <= 1024;
    T* packed = (T*)w.scratch;
    T* left = packed + kDepth * d.panels * d.panelColumns;
    const WindowAxes offsets{r.mLengths, r.mStrides}, places{r.kLengths, r.kStrides};
    const bool inLines = r.windowed() && offsets.run(0) >= kernels.rows && r.kLengths.back() >= kLeastLine;
    for (int64_t l = from, depth; l < to; l += depth) {
      depth = std::min(kDepth, to - l);
      if (inLines) depth = std::min(depth, r.kLengths.back() - l % r.kLengths.back());
      const T* b = b_ + batch * r.bBatch + l * r.bK;
      for (int64_t p = 0; p < d.panels && !inPlace; p++) {
        packInto(packed + p * depth * d.panelColumns, b + p * d.panelColumns * r.bN, depth, std::min(d.panelColumns, r.n - p * d.panelColumns));
      }
      for (int64_t i = 0, rows; i < r.m; i += rows) {
        rows = std::min(d.rowBlock, r.m - i);
        const T* a = a_ + batch * r.aBatch + i * r.aM + l * r.aK;
        ptrdiff_t aRow = r.aM, aK = r.aK;
        if (inLines) {
          rows = std::min(rows, offsets.run(i));
          a = a_ + offsets.at(i) + places.at(l), aRow = 1, aK = r.kStrides.back();
        } else if (r.windowed()) {
          copyWindows(a_, places, l, depth, offsets, i, rows, left);
          a = left, aRow = 1, aK = rows;
        } else if (r.aK != 1) {
          // k is the outer loop: adjacent rows of A are adjacent in memory here.
          for (int64_t q = 0; q < depth; q++) for (int64_t x = 0; x < rows; x++) left[q * rows + x] = a[x * r.aM + q * r.aK];
          a = left, aRow = 1, aK = rows;
        }
        for (int64_t p = 0; p < d.panels; p++) {
          const T* right = inPlace ? b + p * d.panelColumns : packed + p * depth * d.panelColumns;
          kernels.tile(a, aRow, aK, right, inPlace ? r.bK : d.panelColumns, depth, result + i * r.n + p * d.panelColumns, r.n, int(rows), int(std::min(d.panelColumns, r.n - p * d.panelColumns)), l > from);
        }
      }
    }
  }
  void addChunks(int64_t batch) {
    const int64_t size = d.chunkElements;
    T* c = c_ + batch * r.m * r.n;
    T* sum = panels_ + batch * d.chunks * size;
    for (int64_t i = 1; i < d.chunks; i++) {
      const T* part = sum + i * size;
      for (int64_t e = 0; e < size; e++) sum[e] += part[e];
    }
    if (!d.lookUp) {
      std::memcpy(c, sum, size_t(size) * sizeof(T));
      return;
    }
    for (int64_t j = 0; j < r.n; j += kSpikeColumns, sum += r.m * kSpikeColumns) {
      for (int64_t i = 0; i < r.m; i++) std::memcpy(c + i * r.n + j, sum + i * kSpikeColumns, size_t(std::min(kSpikeColumns, r.n - j)) * sizeof(T));
    }
  }

  const DotProgram& d;
  const Routine& r;
  const ProductKernels<T>& kernels;
  const Work& w;
  const T* a_;
  const T* b_;
  T* c_;
  T* panels_;
  T* rows_;
  uint32_t *flags_, *signs_;
  int64_t aBatch_, cBatch_;
  ptrdiff_t aM_, aK_;  // of the rows that blocks read: those of A, or of windows in the scratch
  bool add_ = false, found_ = false;
  char* patterns_ = nullptr;
};

}  // namespace

void runDot(const DotProgram& d, int phase, const Work& work, int64_t from, int64_t to) {
  if (d.r.dtype == DType::f64) Dot<double>(d, work).run(phase, from, to);
  else Dot<float>(d, work).run(phase, from, to);
}

void runDotRows(const DotProgram& d, const Work& work, const DotRows& rows) {
  if (d.r.dtype == DType::f64) Dot<double>(d, work).rows(rows);
  else Dot<float>(d, work).rows(rows);
}

}  // namespace spikeward
