// Overlapping windows of an array, whose rows and columns are several axes each, as dense rows.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace spikeward {

// A group of axes, the last one fastest.
struct WindowAxes {
  const std::vector<int64_t>&lengths, &strides;
  // The offset of an element.
  int64_t at(int64_t i) const {
    int64_t offset = 0;
    for (size_t a = lengths.size(); a-- > 0; i /= lengths[a]) offset += i % lengths[a] * strides[a];
    return offset;
  }
  // The number of elements from one on that are adjacent in memory.
  int64_t run(int64_t i) const {
    int64_t length = 1;
    for (size_t a = lengths.size(); a-- > 0 && strides[a] == length;) length *= lengths[a];
    return length - i % length;
  }
};

// Elements [outer, outer + many) × [inner, inner + some) of two groups of axes, row-major. Adjacent elements are copied
// at once.
template <class T>
void copyWindows(const T* from, const WindowAxes& out, int64_t outer, int64_t many, const WindowAxes& in, int64_t inner, int64_t some, T* to) {
  constexpr int64_t most = 64;
  int64_t offsets[most];
  for (int64_t first = 0; first < many; first += most, to += most * some) {
    const int64_t rows = std::min(most, many - first);
    for (int64_t i = 0; i < rows; i++) offsets[i] = out.at(outer + first + i);
    for (int64_t l = inner, done; l < inner + some; l += done) {
      done = std::min(in.run(l), inner + some - l);
      const T* column = from + in.at(l);
      T* at = to + (l - inner);
      for (int64_t i = 0; i < rows; i++, at += some) std::memcpy(at, column + offsets[i], size_t(done) * sizeof(T));
    }
  }
}

}  // namespace spikeward
