#include "codegen/executableMemory.hpp"

#include <cstring>
#include <memory>

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(__APPLE__)
#include <libkern/OSCacheControl.h>
#include <pthread.h>
#endif

namespace spikeward {
namespace {

#if defined(_WIN32)

size_t pageSize() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwPageSize;
}
void* makeRunnable(const std::vector<uint8_t>& bytes, size_t size) {
  void* memory = VirtualAlloc(nullptr, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  if (memory == nullptr) return nullptr;
  std::memcpy(memory, bytes.data(), bytes.size());
  DWORD before;
  if (!VirtualProtect(memory, size, PAGE_EXECUTE_READ, &before)) return VirtualFree(memory, 0, MEM_RELEASE), nullptr;
  FlushInstructionCache(GetCurrentProcess(), memory, size);
  return memory;
}
void release(void* memory, size_t) { VirtualFree(memory, 0, MEM_RELEASE); }

#else

size_t pageSize() { return size_t(sysconf(_SC_PAGESIZE)); }
void release(void* memory, size_t size) { munmap(memory, size); }

#if defined(__APPLE__) && defined(__aarch64__)

// On Apple's processors, written memory cannot be made executable. MAP_JIT memory is either writable or executable,
// separately for each thread.
void* makeRunnable(const std::vector<uint8_t>& bytes, size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_JIT, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  pthread_jit_write_protect_np(0);
  std::memcpy(memory, bytes.data(), bytes.size());
  pthread_jit_write_protect_np(1);
  sys_icache_invalidate(memory, size);
  return memory;
}

#else

void* makeRunnable(const std::vector<uint8_t>& bytes, size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::memcpy(memory, bytes.data(), bytes.size());
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0) return release(memory, size), nullptr;
  // On Arm, the instruction cache does not observe writes.
  __builtin___clear_cache(static_cast<char*>(memory), static_cast<char*>(memory) + size);
  return memory;
}

#endif
#endif

}  // namespace

ExecutableMemory* ExecutableMemory::make(const std::vector<uint8_t>& bytes) {
  const size_t page = pageSize(), size = (bytes.size() + page - 1) / page * page;
  void* memory = makeRunnable(bytes, size);
  return memory == nullptr ? nullptr : new ExecutableMemory(memory, size);
}
ExecutableMemory::~ExecutableMemory() { release(memory_, size_); }

bool ExecutableMemory::isAvailable() { return std::unique_ptr<ExecutableMemory>(make({0})) != nullptr; }

}  // namespace spikeward
