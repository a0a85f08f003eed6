// Chooses the method of a product: its block sizes, its phases and the memory that they share.
#include <algorithm>

#include "product/dotLimits.hpp"
#include "product/routines.hpp"
#include "product/windows.hpp"

namespace spikeward {
namespace {

bool isWide(const Routine& r) { return r.k > kStoredDepth || r.n * r.k > kStoredSize; }

// The cells of windows whose rows are adjacent cells of one array; no runs if they are not.
CellWindows cellsOf(const Routine& r) {
  CellWindows cells;
  if (!r.windowed() || r.batch > 1 || r.kStrides.back() != 1 || r.mLengths.back() < kLeastLine) return cells;
  const int64_t inputs = r.mStrides.back(), length = r.kLengths.back();
  const auto areCells = [&](const std::vector<int64_t>& strides) {
    return std::all_of(strides.begin(), strides.end() - 1, [&](int64_t stride) { return stride > 0 && stride % inputs == 0; });
  };
  if (inputs < 4 || inputs % 4 != 0 || length % inputs != 0 || !areCells(r.mStrides) || !areCells(r.kStrides)) return cells;
  // Lines follow each other.
  for (size_t axis = 1; axis < r.mLengths.size(); axis++) if (r.mStrides[axis - 1] < r.mLengths[axis] * r.mStrides[axis]) return cells;
  cells.cells = length / inputs, cells.inputs = inputs;
  for (int64_t l = 0; l < r.k; l += length) cells.runs.push_back(WindowAxes{r.kLengths, r.kStrides}.at(l) / inputs);
  return cells;
}

template <class T>
void plan(DotProgram& d, const ProductKernels<T>& kernels, const SpikeKernels* spikes, Operands operands) {
  const Routine& r = d.r;
  d.spikes = spikes;
  const double flops = 2.0 * double(r.batch) * double(r.m) * double(r.n) * double(r.k);
  d.work = flops / 8 + double(r.batch) * double(r.m) * double(r.n) + 1000;
  d.sharedA = r.batch > 1 && r.aBatch == 0;
  d.sharedB = r.bBatch == 0 || r.batch <= 1;
  const int64_t bBatches = d.sharedB ? 1 : r.batch;
  // Limits the number of elements to what memory can hold, in any of the products below.
  if (double(bBatches) * (double(r.n) + 64) * double(r.k) > 1e13) throw CodedError("OUT_OF_MEMORY", "dot: an operand of too many elements");
  d.panelColumns = kernels.columns;
  d.panels = ceilDiv(r.n, d.panelColumns);
  d.scratchBytes = size_t(kDepth + 16) * 4;
  if (!r.windowed() && r.n <= 4 && r.k >= 8 && r.aK == 1 && r.m >= 4) {
    d.way = DotProgram::Way::fewColumns;
    d.rowBlock = std::max<int64_t>(16, 65536 / (r.k * r.n));
    d.rowBlocks = ceilDiv(r.m, d.rowBlock);
    d.sharedBytes = size_t(bBatches * r.n * r.k) * sizeof(T);
  } else if (!r.windowed() && (r.m <= 4 || double(r.m) * double(r.n) * double(r.k) <= 4096)) {
    d.way = DotProgram::Way::direct;
  } else if (const bool listed = spikes != nullptr && r.binary && r.m >= 16 && r.m <= kLookUpDepth; r.k >= 2048 && r.m * r.n <= (listed ? kLookUpSize : kLongSumSize) && r.k >= 4 * std::max(r.m, r.n)) {
    d.way = DotProgram::Way::splitK;
    d.chunks = std::clamp<int64_t>(std::min(r.k / 1024, std::max(kLeastChunks, kSpikeChunksSize / (r.m * r.n))), 1, 32);
    d.rowBlock = int64_t(kernels.rows) * 4;
    d.lookUp = listed;
    d.chunkElements = r.m * (d.lookUp ? ceilDiv(r.n, kSpikeColumns) * kSpikeColumns : r.n);
    d.sharedBytes = size_t(r.batch * d.chunks * d.chunkElements) * sizeof(T);
    d.scratchBytes = d.lookUp ? aligned(size_t(kListedCalls * spikes->columnElements(r.m)) * 4) + (r.windowed() ? size_t(kSpikeDepth * r.m) * sizeof(T) : 0) : size_t(kDepth * (d.panels * d.panelColumns + d.rowBlock)) * sizeof(T);
  } else {
    d.way = DotProgram::Way::panels;
    d.lookUp = spikes != nullptr && r.binary && r.n >= 16 && r.k >= 16 && r.k <= kLookUpDepth && r.n * r.k <= kLookUpSize && (!isWide(r) || r.m >= kManySpikeRows);
    if (d.lookUp && d.panelColumns < spikes->tableColumns) {
      d.panelColumns = spikes->tableColumns;
      d.panels = ceilDiv(r.n, d.panelColumns);
    }
    d.rowBlock = d.lookUp ? spikes->blockRows : std::min<int64_t>(kSparseRows, ceilDiv(r.m, kernels.rows) * kernels.rows);
    d.rowBlocks = ceilDiv(r.m, d.rowBlock);
    d.batchTasks = d.sharedA ? 1 : r.batch;
    d.columnBlock = r.n;
    const int64_t tasks = d.rowBlocks * d.batchTasks;
    if (tasks < 8 && d.panels > 1) d.columnBlock = std::max<int64_t>(1, d.panels / ceilDiv(8, tasks)) * d.panelColumns;
    d.columnBlocks = ceilDiv(r.n, d.columnBlock);
    const bool overlaps = r.windowed() || (r.aK == 1 && r.aM > 0 && r.aM < r.k);
    // Spikes stay in f32: look-up takes about as long, and is exact.
    if (!r.binary && !overlaps && r.k >= kLeastRounded && r.n >= kLeastRounded) d.operands = operands;
    const bool rounded = d.operands != Operands::f32;
    d.packRows = r.bN != 1 && !rounded;
    // Few rows take less time than packing B, whose memory may be read past its end. Rows of B that are far apart would
    // fall on the same lines of the cache.
    d.inPlace = !d.lookUp && !rounded && r.bN == 1 && r.m <= kRowsInPlace && r.n >= d.panelColumns / 2 && r.bK > 0 && r.bK * int64_t(sizeof(T)) <= 1024 && !(d.sharedB && r.batch > 1);
    const int64_t perBatch = d.lookUp ? ceilDiv(r.n, spikes->tableColumns) * spikes->tableElements(r.k) : d.panels * d.panelColumns * r.k;
    d.panelBytes = d.inPlace ? 0 : aligned(size_t(bBatches * perBatch) * sizeof(T) + 64);
    d.rowBytes = d.packRows ? aligned(size_t(bBatches * r.k * r.n) * sizeof(T) + 64) : 0;
    d.flagBytes = aligned(size_t(bBatches * d.panels) * 4);
    d.sharedBytes = d.panelBytes + d.rowBytes + d.flagBytes + (d.lookUp ? size_t(bBatches * ceilDiv(r.n, 16) * ceilDiv(r.k, 32)) * 64 : 0);
    d.indexAt = aligned(size_t(d.rowBlock * kDepth) * sizeof(T));
    d.scratchBytes = d.indexAt + size_t(kSparseRows * (kDepth + 16)) * 4;
    if (r.windowed()) {
      // A block of rows of windows, and their products with B, stay in the second-level cache.
      const int64_t most = std::max<int64_t>(1, kWindowBytes / (r.k * int64_t(sizeof(T))) / kernels.rows) * kernels.rows;
      d.rowBlock = std::min(d.rowBlock, most);
      // Whole lines, which may be read without a copy.
      const int64_t line = r.mLengths.back(), lines = std::min(std::min(kWindowRows, r.m / 8) / line, kMostLines);
      if (!r.binary && lines > 0 && line >= kernels.rows && r.kLengths.back() >= kLeastLine) d.rowBlock = lines * line;
      d.rowBlocks = ceilDiv(r.m, d.rowBlock);
    }
    if (d.lookUp && spikes->lookUpCells != nullptr) d.cells = cellsOf(r);
    if (!d.cells.runs.empty()) {
      const int64_t line = r.mLengths.back();
      d.rowBlock = line < kCellRows ? kCellRows / line * line : kCellRows;
      d.rowBlocks = ceilDiv(r.m, d.rowBlock);
      const WindowAxes rows{r.mLengths, r.mStrides};
      for (int64_t i = 0; i < r.m; i += d.rowBlock) d.cells.stride = std::max(d.cells.stride, (rows.at(std::min(i + d.rowBlock, r.m) - 1) - rows.at(i)) / d.cells.inputs);
      d.cells.stride += *std::max_element(d.cells.runs.begin(), d.cells.runs.end()) + d.cells.cells + 16;
      d.scratchBytes = size_t(ceilDiv(d.cells.inputs, 16) * d.cells.stride) * sizeof(uint16_t);
    } else if (d.lookUp) d.scratchBytes = d.blockOfSpikes = sizeof(SpikesHead) + bytesOfWords(d.rowBlock, r.k) + aligned(size_t(spikes->patternElements(d.rowBlock, r.k)) * 4);
    if (r.windowed()) d.mLengths = r.mLengths, d.mStrides = r.mStrides, d.kLengths = r.kLengths, d.kStrides = r.kStrides;
    else if (overlaps) d.mLengths = {r.m}, d.mStrides = {r.aM}, d.kLengths = {r.k}, d.kStrides = {1};
    if (!d.mLengths.empty() && d.cells.runs.empty()) {
      d.windowsAt = aligned(d.scratchBytes);
      d.scratchBytes = d.windowsAt + size_t(std::max((d.lookUp ? d.rowBlock : std::min(d.rowBlock, kSparseRows)) * r.k, d.rowBlock * d.panels * d.panelColumns)) * sizeof(T);
    }
  }
}

}  // namespace

DotProgram compileDot(const Routine& r, const Isa& isa, int64_t rowsAtOnce) {
  DotProgram d;
  d.r = r;
  if (r.dtype == DType::f64) plan<double>(d, isa.f64, nullptr, Operands::f32);
  else plan<float>(d, isa.f32, !cellsOf(r).runs.empty() || (!isWide(r) && (rowsAtOnce > 0 ? rowsAtOnce : r.m) < kManySpikeRows) ? isa.spikesOfFewRows : isa.spikes, isa.operands);
  return d;
}

int dotPhases(const DotProgram& d) { return d.way == DotProgram::Way::direct ? 1 : 2; }

int64_t dotTasks(const DotProgram& d, int phase) {
  const Routine& r = d.r;
  if (r.batch == 0 || r.m == 0 || r.n == 0) return 0;
  const int64_t bBatches = d.sharedB ? 1 : r.batch;
  switch (d.way) {
    case DotProgram::Way::direct: return r.batch;
    case DotProgram::Way::fewColumns: return phase == 0 ? bBatches : r.batch * d.rowBlocks;
    case DotProgram::Way::panels: return phase == 0 ? (d.inPlace ? 0 : bBatches * d.panels) : d.batchTasks * d.rowBlocks * d.columnBlocks;
    case DotProgram::Way::splitK: return phase == 0 ? r.batch * d.chunks : r.batch;
  }
  return 0;
}

size_t patternBytes(const DotProgram& d, int64_t rows) { return size_t(ceilDiv(rows, d.rowBlock)) * d.blockOfSpikes; }

}  // namespace spikeward
