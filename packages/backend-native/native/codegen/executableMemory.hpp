// Memory that the processor may run. A page is written first and made runnable after: it is never both at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeward {

class ExecutableMemory {
 public:
  // Whether the system gives such memory.
  static bool isAvailable();
  // Null where the system refuses such memory.
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
