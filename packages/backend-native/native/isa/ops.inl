// Row operations: one tight loop each. Operands may be the result itself, element by element.

namespace spikeward {
namespace {

template <class T>
struct Is {
  static constexpr bool floating = false;
};
template <>
struct Is<float> {
  static constexpr bool floating = true;
};
template <>
struct Is<double> {
  static constexpr bool floating = true;
};

// The integer type that a comparison of the vector yields.
template <class T>
struct MaskOf {
  using type = int32_t;
};
template <>
struct MaskOf<double> {
  using type = int64_t;
};

// A condition stored as 32-bit 0 or 1, as a mask over L elements of T.
template <class T, int L>
inline __attribute__((always_inline)) auto conditionV(const uint32_t* p) {
  const auto set = loadV<int32_t, L>((const int32_t*)p) != 0;
  return __builtin_convertvector(set, Vec<typename MaskOf<T>::type, L>);
}

template <class F, class T, class U = T>
void unary(void* r, const void* x, const void*, const void*, size_t n) {
  constexpr int L = kShared<T, U>;
  for (size_t i = 0; i < n; i += L) storeV<T, L>((T*)r + i, F::template apply<L>(loadV<U, L>((const U*)x + i)));
}

// Bit 0 of Uniform: the first argument is uniform; bit 1: the second.
template <class F, class T, class U, int Uniform>
void binary(void* r, const void* x, const void* y, const void*, size_t n) {
  constexpr int L = kShared<T, U>;
  const Vec<U, L> x0 = spread<U, L>(*(const U*)x), y0 = spread<U, L>(*(const U*)y);
  for (size_t i = 0; i < n; i += L) {
    const Vec<U, L> a = Uniform & 1 ? x0 : loadV<U, L>((const U*)x + i);
    const Vec<U, L> b = Uniform & 2 ? y0 : loadV<U, L>((const U*)y + i);
    storeV<T, L>((T*)r + i, F::template apply<L>(a, b));
  }
}

template <class T, int Uniform>
void selectRow(void* r, const void* c, const void* y, const void* z, size_t n) {
  constexpr int L = kShared<T, uint32_t>;
  const Vec<T, L> y0 = spread<T, L>(*(const T*)y), z0 = spread<T, L>(*(const T*)z);
  for (size_t i = 0; i < n; i += L) {
    const auto condition = conditionV<T, L>((const uint32_t*)c + i);
    const Vec<T, L> a = Uniform & 2 ? y0 : loadV<T, L>((const T*)y + i);
    const Vec<T, L> b = Uniform & 4 ? z0 : loadV<T, L>((const T*)z + i);
    storeV<T, L>((T*)r + i, condition ? a : b);
  }
}

#define UNARY(Name, ...)                                  \
  struct Name {                                           \
    template <int L, class V>                             \
    static inline __attribute__((always_inline)) V apply(V x) { \
      __VA_ARGS__;                                        \
    }                                                     \
  };
#define BINARY(Name, ...)                                      \
  struct Name {                                                \
    template <int L, class V>                                  \
    static inline __attribute__((always_inline)) V apply(V x, V y) { \
      __VA_ARGS__;                                             \
    }                                                          \
  };
#define COMPARE(Name, Symbol)                                                                   \
  struct Name {                                                                                 \
    template <int L, class V>                                                                   \
    static inline __attribute__((always_inline)) Vec<uint32_t, L> apply(V x, V y) {             \
      return bitsOf<Vec<uint32_t, L>>(__builtin_convertvector(x Symbol y, Vec<int32_t, L>)) & 1u; \
    }                                                                                           \
  };

template <class V>
using ScalarOf = __typeof__(V{}[0] + 0);

UNARY(Copy, return x)
UNARY(Negate, return -x)
UNARY(SquareRoot, return squareRoot(x))
UNARY(RoundDown, return roundDown(x))
UNARY(Complement, return ~x)
UNARY(LogicalNot, return bitsOf<V>(x == 0) & 1u)
// Clears the sign bit: abs(−0) is 0.
UNARY(AbsFloat, using M = Vec<typename MaskOf<ScalarOf<V>>::type, L>; M low; low = ~((M{} + 1) << (sizeof(x[0]) * 8 - 1)); return bitsOf<V>(bitsOf<M>(x) & low))
UNARY(SignFloat, V one = V{} + 1; V y = x > 0 ? one : x; return x < 0 ? -one : y)
UNARY(AbsI32, auto s = bitsOf<Vec<int32_t, L>>(x) >> 31; return (x ^ bitsOf<V>(s)) - bitsOf<V>(s))
UNARY(SignI32, auto i = bitsOf<Vec<int32_t, L>>(x); return bitsOf<V>((i >> 31) | bitsOf<Vec<int32_t, L>>(bitsOf<V>(i > 0) & 1u)))
UNARY(SignU32, return bitsOf<V>(x != 0) & 1u)
BINARY(Add, return x + y)
BINARY(Sub, return x - y)
BINARY(Mul, return x * y)
BINARY(Div, return x / y)
// NaN where either is NaN.
BINARY(Max, return ((x > y) | (x != x)) ? x : y)
BINARY(Min, return ((x < y) | (x != x)) ? x : y)
BINARY(And, return x & y)
BINARY(Or, return x | y)
BINARY(Xor, return x ^ y)
BINARY(ShiftLeft, return x << (y & 31u))
BINARY(ShiftRightLogical, return x >> (y & 31u))
BINARY(ShiftRightArithmetic, return bitsOf<V>(bitsOf<Vec<int32_t, L>>(x) >> bitsOf<Vec<int32_t, L>>(y & 31u)))
BINARY(MaxI32, auto a = bitsOf<Vec<int32_t, L>>(x); auto b = bitsOf<Vec<int32_t, L>>(y); return bitsOf<V>(a > b ? a : b))
BINARY(MinI32, auto a = bitsOf<Vec<int32_t, L>>(x); auto b = bitsOf<Vec<int32_t, L>>(y); return bitsOf<V>(a < b ? a : b))
BINARY(MaxU32, return x > y ? x : y)
BINARY(MinU32, return x < y ? x : y)
COMPARE(Less, <)
COMPARE(LessEqual, <=)
COMPARE(Equal, ==)
COMPARE(NotEqual, !=)

// Division by 0 gives 0, −2³¹ / −1 wraps.
int32_t divI32(int32_t x, int32_t y) { return y == 0 ? 0 : y == -1 ? int32_t(0u - uint32_t(x)) : x / y; }
int32_t remI32(int32_t x, int32_t y) { return y == 0 || y == -1 ? 0 : x % y; }
uint32_t divU32(uint32_t x, uint32_t y) { return y == 0 ? 0 : x / y; }
uint32_t remU32(uint32_t x, uint32_t y) { return y == 0 ? 0 : x % y; }
float remF32(float x, float y) { return __builtin_fmodf(x, y); }
double remF64(double x, double y) { return __builtin_fmod(x, y); }

// Float to integer truncates and saturates, and NaN gives 0; conversion to bool is ≠ 0 (NaN: 1); integer to integer
// keeps the bits.
template <class To, class From, bool ToBool>
struct Cast {
  template <int L>
  static inline __attribute__((always_inline)) Vec<To, L> apply(Vec<From, L> x) {
    if constexpr (ToBool) {
      return bitsOf<Vec<uint32_t, L>>(__builtin_convertvector(x != 0, Vec<int32_t, L>)) & 1u;
    } else if constexpr (Is<From>::floating && !Is<To>::floating) {
      constexpr bool isSigned = To(-1) < To(0);
      // The bounds are powers of two, exact in both types: every element is converted, then elements out of range are
      // replaced.
      const From high = isSigned ? From(2147483648.0) : From(4294967296.0), low = isSigned ? From(-2147483648.0) : From(0);
      const auto over = __builtin_convertvector(x >= high, Vec<int32_t, L>), under = __builtin_convertvector(x <= low, Vec<int32_t, L>);
      const auto inside = (x < high) & (x > low);
      const Vec<To, L> y = __builtin_convertvector(inside ? x : Vec<From, L>{}, Vec<To, L>);
      const Vec<To, L> most = spread<To, L>(isSigned ? To(2147483647) : To(4294967295u)), least = spread<To, L>(isSigned ? To(-2147483647 - 1) : To(0));
      return over ? most : under ? least : y;
    } else {
      return __builtin_convertvector(x, Vec<To, L>);
    }
  }
};

template <class F, class T, class U = T>
RowFn binaryOf(unsigned uniform) {
  return uniform == 0 ? binary<F, T, U, 0> : uniform == 1 ? binary<F, T, U, 1> : uniform == 2 ? binary<F, T, U, 2> : nullptr;
}
template <class F, class T>
RowFn unaryOf(unsigned uniform) {
  return uniform == 0 ? unary<F, T> : nullptr;
}
RowFn onlyRows(RowFn f, unsigned uniform) { return uniform == 0 ? f : nullptr; }

template <class T>
RowFn selectOf(unsigned uniform) {
  return uniform == 0 ? selectRow<T, 0> : uniform == 2 ? selectRow<T, 2> : uniform == 4 ? selectRow<T, 4> : uniform == 6 ? selectRow<T, 6> : nullptr;
}

template <class T>
RowFn compareOf(Op op, unsigned u) {
  switch (op) {
    case Op::lt: return binaryOf<Less, uint32_t, T>(u);
    case Op::le: return binaryOf<LessEqual, uint32_t, T>(u);
    case Op::eq: return binaryOf<Equal, uint32_t, T>(u);
    default: return binaryOf<NotEqual, uint32_t, T>(u);
  }
}

template <class T>
RowFn floatOf(Op op, unsigned u) {
  switch (op) {
    case Op::neg: return unaryOf<Negate, T>(u);
    case Op::abs: return unaryOf<AbsFloat, T>(u);
    case Op::sign: return unaryOf<SignFloat, T>(u);
    case Op::floor: return unaryOf<RoundDown, T>(u);
    case Op::sqrt: return unaryOf<SquareRoot, T>(u);
    case Op::add: return binaryOf<Add, T>(u);
    case Op::sub: return binaryOf<Sub, T>(u);
    case Op::mul: return binaryOf<Mul, T>(u);
    case Op::div: return binaryOf<Div, T>(u);
    case Op::max: return binaryOf<Max, T>(u);
    case Op::min: return binaryOf<Min, T>(u);
    default: return nullptr;
  }
}

RowFn f32Of(Op op, unsigned u) { return op == Op::rem ? onlyRows(eachPair<float, remF32>, u) : floatOf<float>(op, u); }
RowFn f64Of(Op op, unsigned u) { return op == Op::rem ? onlyRows(eachPair<double, remF64>, u) : floatOf<double>(op, u); }

// Integers are added and multiplied as unsigned, so that they wrap.
RowFn integerOf(Op op, DType dtype, unsigned u) {
  const bool isSigned = dtype == DType::i32;
  switch (op) {
    case Op::neg: return unaryOf<Negate, uint32_t>(u);
    case Op::abs: return isSigned ? unaryOf<AbsI32, uint32_t>(u) : unaryOf<Copy, uint32_t>(u);
    case Op::sign: return isSigned ? unaryOf<SignI32, uint32_t>(u) : unaryOf<SignU32, uint32_t>(u);
    case Op::logicalNot: return dtype == DType::boolean ? unaryOf<LogicalNot, uint32_t>(u) : unaryOf<Complement, uint32_t>(u);
    case Op::add: return binaryOf<Add, uint32_t>(u);
    case Op::sub: return binaryOf<Sub, uint32_t>(u);
    case Op::mul: return binaryOf<Mul, uint32_t>(u);
    case Op::div: return onlyRows(isSigned ? RowFn(eachPair<int32_t, divI32>) : RowFn(eachPair<uint32_t, divU32>), u);
    case Op::rem: return onlyRows(isSigned ? RowFn(eachPair<int32_t, remI32>) : RowFn(eachPair<uint32_t, remU32>), u);
    case Op::max: return isSigned ? binaryOf<MaxI32, uint32_t>(u) : binaryOf<MaxU32, uint32_t>(u);
    case Op::min: return isSigned ? binaryOf<MinI32, uint32_t>(u) : binaryOf<MinU32, uint32_t>(u);
    case Op::bitAnd: return binaryOf<And, uint32_t>(u);
    case Op::bitOr: return binaryOf<Or, uint32_t>(u);
    case Op::bitXor: return binaryOf<Xor, uint32_t>(u);
    case Op::shiftLeft: return binaryOf<ShiftLeft, uint32_t>(u);
    case Op::shiftRight: return isSigned ? binaryOf<ShiftRightArithmetic, uint32_t>(u) : binaryOf<ShiftRightLogical, uint32_t>(u);
    default: return nullptr;
  }
}

template <class To, bool ToBool>
RowFn castOf(DType from) {
  switch (from) {
    case DType::f32: return unary<Cast<To, float, ToBool>, To, float>;
    case DType::f64: return unary<Cast<To, double, ToBool>, To, double>;
    case DType::i32:
    case DType::boolean: return unary<Cast<To, int32_t, ToBool>, To, int32_t>;
    default: return unary<Cast<To, uint32_t, ToBool>, To, uint32_t>;
  }
}

RowFn rowOp(Op op, DType to, DType from, unsigned uniform) {
  if (op == Op::cast) {
    if (uniform != 0) return nullptr;
    switch (to) {
      case DType::f32: return castOf<float, false>(from);
      case DType::f64: return castOf<double, false>(from);
      case DType::i32: return castOf<int32_t, false>(from);
      case DType::u32: return castOf<uint32_t, false>(from);
      default: return castOf<uint32_t, true>(from);
    }
  }
  if (op == Op::bitcast) return to == DType::f64 ? unaryOf<Copy, double>(uniform) : unaryOf<Copy, uint32_t>(uniform);
  if (op >= Op::function) {
    const RealFunction& f = kFunctions[size_t(op) - size_t(Op::function)];
    return uniform != 0 ? nullptr : to == DType::f32 ? f.f32 : to == DType::f64 ? f.f64 : nullptr;
  }
  if (op == Op::select) return to == DType::f64 ? selectOf<double>(uniform) : selectOf<uint32_t>(uniform);
  if (op >= Op::lt && op <= Op::ne) {
    return from == DType::f32 ? compareOf<float>(op, uniform) : from == DType::f64 ? compareOf<double>(op, uniform)
      : from == DType::i32 ? compareOf<int32_t>(op, uniform) : compareOf<uint32_t>(op, uniform);
  }
  return to == DType::f32 ? f32Of(op, uniform) : to == DType::f64 ? f64Of(op, uniform) : integerOf(op, to, uniform);
}

template <class F, class T>
void foldRow(void* r, const void* x, const void*, const void*, size_t n) {
  binary<F, T, T, 0>(r, r, x, r, n);
}

RowFn foldOp(Reduce reduce, DType dtype) {
  switch (reduce) {
    case Reduce::max: return dtype == DType::f32 ? foldRow<Max, float> : dtype == DType::f64 ? foldRow<Max, double> : dtype == DType::i32 ? foldRow<MaxI32, uint32_t> : foldRow<MaxU32, uint32_t>;
    case Reduce::min: return dtype == DType::f32 ? foldRow<Min, float> : dtype == DType::f64 ? foldRow<Min, double> : dtype == DType::i32 ? foldRow<MinI32, uint32_t> : foldRow<MinU32, uint32_t>;
    default: return dtype == DType::f32 ? foldRow<Add, float> : dtype == DType::f64 ? foldRow<Add, double> : foldRow<Add, uint32_t>;
  }
}

template <class T>
void spreadRow(void* r, const void* x, const void*, const void*, size_t n) {
  constexpr int L = kFull<T>;
  const Vec<T, L> v = spread<T, L>(*(const T*)x);
  for (size_t i = 0; i < n; i += L) storeV<T, L>((T*)r + i, v);
}

}  // namespace
}  // namespace spikeward
