// Executable memory. A page is written first and made executable afterwards; it is never both writable and executable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeward {

class ExecutableMemory {
 public:
  // Whether the system provides executable memory.
  static bool isAvailable();
  // Null if the system refuses executable memory.
  static ExecutableMemory* make(const std::vector<uint8_t>& bytes);
  ~ExecutableMemory();
  ExecutableMemory(const ExecutableMemory&) = delete;
  ExecutableMemory& operator=(const ExecutableMemory&) = delete;
  const void* at(size_t offset) const { return static_cast<const char*>(memory_) + offset; }

 private:
  ExecutableMemory(void* memory, size_t size) : memory_(memory), size_(size) {}
  void* memory_;
  size_t size_;
};

}  // namespace spikeward
