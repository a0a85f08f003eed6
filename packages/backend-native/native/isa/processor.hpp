// The instruction sets of the processor and the system, queried with CPUID and XGETBV: the compiler's own function for
// this needs a symbol that not every linker finds in a shared library.
#pragma once
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace spikeward {

#if defined(__x86_64__)
struct Processor {
  bool avx2 = false, avx512 = false;      // each with FMA; avx512: F, DQ, BW and VL
  bool countsBits = false;                // AVX-512 VPOPCNTDQ
  bool multipliesHalves = false;          // AVX-512 BF16
  bool multipliesBytes = false;           // AVX-512 VNNI
};

inline Processor processor() {
  Processor p;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return p;
  const bool fma = c >> 12 & 1, savesVectors = c >> 27 & 1;
  if (!fma || !savesVectors) return p;
  // The registers that the system saves when it switches threads: 256 bits, and masks and 512 bits.
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return p;
  p.avx2 = (low & 6) == 6 && (b >> 5 & 1);
  p.avx512 = p.avx2 && (low & 0xe6) == 0xe6 && (b >> 16 & 1) && (b >> 17 & 1) && (b >> 30 & 1) && (b >> 31 & 1);
  p.countsBits = p.avx512 && (c >> 14 & 1);
  p.multipliesBytes = p.avx512 && (c >> 11 & 1);
  p.multipliesHalves = p.avx512 && a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
  return p;
}
#endif

}  // namespace spikeward
