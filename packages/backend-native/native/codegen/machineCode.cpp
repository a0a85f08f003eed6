#include "codegen/machineCode.hpp"

#if defined(__linux__) && defined(__x86_64__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace spikeward {

#if defined(__linux__) && defined(__x86_64__)

RunnableCode* RunnableCode::make(const std::vector<uint8_t>& bytes) {
  const size_t page = size_t(sysconf(_SC_PAGESIZE)), size = (bytes.size() + page - 1) / page * page;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::memcpy(memory, bytes.data(), bytes.size());
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(memory, size);
    return nullptr;
  }
  return new RunnableCode(memory, size);
}
RunnableCode::~RunnableCode() { munmap(memory_, size_); }

#else

RunnableCode* RunnableCode::make(const std::vector<uint8_t>&) { return nullptr; }
RunnableCode::~RunnableCode() {}

#endif

}  // namespace spikeward
