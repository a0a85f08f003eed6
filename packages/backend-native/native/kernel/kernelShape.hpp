// First half of compiling a kernel: sorts its axes into loops and its nodes into levels. The encoder
// (src/normaliseAxes.ts) has merged axes and brought the contiguous one last.
#pragma once
#include "kernel/kernelProgram.hpp"

namespace spikeward {

using AxisMask = uint32_t;
constexpr AxisMask axisBit(int axis) { return AxisMask(1) << axis; }

struct ShapedKernel {
  Kernel k;
  KernelProgram p;  // loops and accesses; no instructions yet
  std::vector<AxisMask> depends;  // by node: the axes along which its value changes
  std::vector<bool> used;         // by node
  std::vector<int> carries;       // carries that a used node reads
  std::vector<Level> level;       // by node
  AxisMask tileMask = 0;

  bool uniform(int node) const { return !(depends[node] & tileMask); }
};

// `alone`: one thread will run all of it, so it need not be cut into several tiles.
ShapedKernel shapeKernel(const Kernel& kernel, bool alone);

}  // namespace spikeward
