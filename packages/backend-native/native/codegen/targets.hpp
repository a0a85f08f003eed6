// The targets for which row operations can be compiled.
#pragma once
#include <memory>

#include "codegen/rowTarget.hpp"

namespace spikeward {

#if defined(__x86_64__)
std::unique_ptr<RowTarget> avx2Rows();
std::unique_ptr<RowTarget> avx512Rows();
#elif defined(__aarch64__)
std::unique_ptr<RowTarget> neonRows();
#endif

}  // namespace spikeward
