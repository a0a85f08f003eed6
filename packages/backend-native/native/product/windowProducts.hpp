// Products of windows that are runs of adjacent elements, such as those of a convolution, without a copy of them.
#pragma once
#include <algorithm>
#include <cstring>

#include "product/dotLimits.hpp"
#include "product/routines.hpp"
#include "product/windows.hpp"

namespace spikeward {

// The share of nonzero elements among the first ones that some rows of windows read.
template <class T>
double sampledWindows(const DotProgram& d, const ProductKernels<T>& kernels, char* scratch, const T* a, int64_t aRow, int64_t rows) {
  const int64_t line = d.mLengths.back();
  const int64_t sample = std::min((std::min(rows, line - aRow % line) - 1) * d.mStrides.back() + d.kLengths.back(), kWindowSample);
  int32_t* index = (int32_t*)(scratch + d.indexAt);
  return double(kernels.compress(a + WindowAxes{d.mLengths, d.mStrides}.at(aRow), 1, sample, index)) / double(sample);
}

// Windows of an operand that has few zeros, a line at a time: neighbours differ by a step, the distance of rows in the
// register tile. Arguments as below.
template <class T>
bool denseWindows(const DotProgram& d, const ProductKernels<T>& kernels, char* scratch, const T* a, const T* panels, T* to, int64_t aRow, int64_t rows, int64_t column, int64_t columns) {
  const int64_t step = d.mStrides.back(), length = d.kLengths.back(), line = d.mLengths.back();
  if (d.kStrides.back() != 1 || step < 1 || length < kLeastLine || line < kernels.rows) return false;
  if (sampledWindows(d, kernels, scratch, a, aRow, rows) < kDensity) return false;
  const WindowAxes out{d.mLengths, d.mStrides}, in{d.kLengths, d.kStrides};
  for (int64_t i = 0, some; i < rows; i += some) {
    some = std::min(rows - i, line - (aRow + i) % line);
    const T* first = a + out.at(aRow + i);
    for (int64_t j = column; j < column + columns; j += d.panelColumns) {
      const T* panel = panels + j / d.panelColumns * d.r.k * d.panelColumns;
      for (int64_t l = 0; l < d.r.k; l += length)
        kernels.tile(first + in.at(l), step, 1, panel + l * d.panelColumns, d.panelColumns, length, to + i * d.r.n + j, d.r.n, int(some), int(std::min(d.panelColumns, column + columns - j)), l > 0);
    }
  }
  return true;
}

// Each nonzero element of A adds its rows of B to the windows that read it. `to` is the first of the rows of C. Returns
// false, and leaves C to others, if too many elements are not zero. Lines of windows that read the same run of A, such
// as those of neighbouring lines of a field, share the list of its events. Each line takes its runs in order of k.
template <class T>
bool sparseWindows(const DotProgram& d, const ProductKernels<T>& kernels, char* scratch, const T* a, const T* panels, T* to, int64_t aRow, int64_t rows, int64_t column, int64_t columns) {
  if (d.kLengths.empty() || d.kStrides.back() != 1 || d.mStrides.back() < 1) return false;
  const WindowAxes out{d.mLengths, d.mStrides}, in{d.kLengths, d.kStrides};
  const int64_t step = d.mStrides.back(), length = d.kLengths.back(), line = d.mLengths.back(), runs = d.r.k / length;
  int32_t* index = (int32_t*)(scratch + d.indexAt);
  const int64_t most = kSparseRows * (kDepth + 16) - 16, mostRows = (most - length) / step + 1;
  if (length > most || runs > kMostRuns || sampledWindows(d, kernels, scratch, a, aRow, rows) > kWindowDensity) return false;
  // C itself, or rows of whole registers in the scratch.
  const int64_t whole = (columns - 1) / d.panelColumns * d.panelColumns, width = whole + kernels.windowColumns(columns - whole);
  T* c = to + column;
  T* sums = width == columns ? c : (T*)(scratch + d.windowsAt);
  const int64_t between = width == columns ? d.r.n : width;
  if (between == width) std::memset(sums, 0, size_t(rows * width) * sizeof(T));
  else for (int64_t i = 0; i < rows; i++) std::memset(sums + i * between, 0, size_t(width) * sizeof(T));
  int64_t places[kMostRuns];
  for (int64_t l = 0; l < runs; l++) places[l] = in.at(l * length);
  struct Line { const T* first; T* sums; int64_t rows, run; };
  for (int64_t i = 0, some; i < rows;) {
    Line lines[kMostLines];
    int count = 0;
    for (; i < rows && count < kMostLines; i += some) {
      some = std::min({rows - i, line - (aRow + i) % line, mostRows});
      lines[count++] = {a + out.at(aRow + i), sums + i * between, some, 0};
    }
    for (;;) {
      const Line* next = nullptr;
      for (const Line* at = lines; at < lines + count; at++) if (at->run < runs && (next == nullptr || at->first + places[at->run] < next->first + places[next->run])) next = at;
      if (next == nullptr) break;
      const T* run = next->first + places[next->run];
      const int64_t windows = next->rows, elements = (windows - 1) * step + length, events = kernels.compress(run, 1, elements, index);
      if (double(events) > kWindowDensity * double(elements)) return false;
      for (Line* at = lines; at < lines + count; at++) {
        if (at->run == runs || at->first + places[at->run] != run || at->rows != windows) continue;
        for (int64_t j = 0; j < columns; j += d.panelColumns) {
          const T* panel = panels + ((column + j) / d.panelColumns * d.r.k + at->run * length) * d.panelColumns;
          kernels.addToWindows(run, index, events, step, length, panel, d.panelColumns, at->sums + j, between, windows, std::min(d.panelColumns, columns - j));
        }
        at->run++;
      }
    }
  }
  if (sums == c) return true;
  // Parts of 16 bytes, whose ends the next row overwrites; the last row, or parts of rows, are copied exactly.
  constexpr int64_t part = 16 / sizeof(T);
  const int64_t inParts = columns == d.r.n && columns >= part ? rows - 1 : 0;
  const int64_t n = d.r.n;
  for (int64_t i = 0; i < inParts; i++, c += n, sums += width) for (int64_t j = 0; j < columns; j += part) std::memcpy(c + j, sums + j, 16);
  for (int64_t i = inParts; i < rows; i++, c += n, sums += width) std::memcpy(c, sums, size_t(columns) * sizeof(T));
  return true;
}

// Spikes of windows whose rows are adjacent cells.
inline void spikeWindows(const DotProgram& d, uint16_t* words, const float* a, const float* tables, float* to, int64_t aRow, int64_t rows, int64_t columns, bool add) {
  const CellWindows& cells = d.cells;
  const SpikeKernels& s = *d.spikes;
  const WindowAxes out{d.mLengths, d.mStrides};
  const int64_t first = out.at(aRow), line = d.mLengths.back();
  const int64_t last = (out.at(aRow + rows - 1) - first) / cells.inputs + *std::max_element(cells.runs.begin(), cells.runs.end()) + cells.cells;
  s.cellWords(a + first, last, cells, words);
  for (int64_t j = 0; j < columns; j += s.tableColumns, tables += s.tableElements(d.r.k)) {
    for (int64_t i = 0, some; i < rows; i += some) {
      some = std::min(rows - i, line - (aRow + i) % line);
      s.lookUpCells(words + (out.at(aRow + i) - first) / cells.inputs, cells, some, tables, to + i * d.r.n + j, d.r.n, std::min(s.tableColumns, columns - j), add);
    }
  }
}

}  // namespace spikeward
