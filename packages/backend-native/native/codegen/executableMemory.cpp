#include "codegen/executableMemory.hpp"

#include <cstring>
#include <memory>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace spikeward {

#if defined(__linux__)

ExecutableMemory* ExecutableMemory::make(const std::vector<uint8_t>& bytes) {
  const size_t page = size_t(sysconf(_SC_PAGESIZE)), size = (bytes.size() + page - 1) / page * page;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::memcpy(memory, bytes.data(), bytes.size());
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(memory, size);
    return nullptr;
  }
  __builtin___clear_cache(static_cast<char*>(memory), static_cast<char*>(memory) + size);
  return new ExecutableMemory(memory, size);
}
ExecutableMemory::~ExecutableMemory() { munmap(memory_, size_); }

#else

ExecutableMemory* ExecutableMemory::make(const std::vector<uint8_t>&) { return nullptr; }
ExecutableMemory::~ExecutableMemory() {}

#endif

bool ExecutableMemory::isAvailable() { return std::unique_ptr<ExecutableMemory>(make({0})) != nullptr; }

}  // namespace spikeward
