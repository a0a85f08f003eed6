#include "runtime/memory.hpp"

#include <cstdlib>
#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#elif defined(_WIN32)
#include <malloc.h>
#endif

#include "plan/plan.hpp"

namespace spikeward {
namespace {

constexpr size_t kSlack = 512, kHugePage = size_t(2) << 20, kMostHeld = size_t(256) << 20;

size_t rounded(size_t bytes) {
  const size_t step = bytes >= kHugePage ? size_t(64) << 10 : 64;
  return (bytes + step - 1) / step * step;
}

// Null if there is no memory.
void* takeAligned(size_t bytes, size_t alignment) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, alignment);
#else
  void* p = nullptr;
  return posix_memalign(&p, alignment, bytes) == 0 ? p : nullptr;
#endif
}

}  // namespace

char* allocateBytes(size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const size_t alignment = huge ? kHugePage : 64;
  void* p = bytes > (size_t(1) << 46) ? nullptr : takeAligned(bytes + kSlack, alignment);
  if (p == nullptr) {
    throw CodedError("OUT_OF_MEMORY", "no memory for " + std::to_string(bytes) + " bytes; free buffers, or make the batch smaller");
  }
#if defined(__linux__)
  if (huge) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return static_cast<char*>(p);
}

void freeBytes(char* p) {
#if defined(_WIN32)
  _aligned_free(p);
#else
  std::free(p);
#endif
}

char* BlockCache::take(size_t bytes) {
  const size_t size = rounded(bytes);
  const auto found = blocks_.find(size);
  if (found != blocks_.end() && !found->second.empty()) {
    char* p = found->second.back().release();
    found->second.pop_back();
    held_ -= size;
    return p;
  }
  return allocateBytes(size);
}

void BlockCache::give(char* p, size_t bytes) {
  const size_t size = rounded(bytes);
  Bytes block(p);
  if (held_ + size > kMostHeld) {
    // Keeps blocks of the sizes in current use and drops older ones.
    blocks_.clear();
    held_ = 0;
    if (size > kMostHeld) return;
  }
  blocks_[size].push_back(std::move(block));
  held_ += size;
}

}  // namespace spikeward
