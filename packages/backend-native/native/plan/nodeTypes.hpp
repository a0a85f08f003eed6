#pragma once
#include "isa/isa.hpp"
#include "plan/plan.hpp"

namespace spikeward {

// Whether the operation of a node, whose arguments precede it, is defined for the types of its arguments and result.
inline bool areTypesValid(const Kernel& k, const Node& n) {
  const DType x = k.nodes[n.args[0]].dtype;
  const bool number = n.dtype != DType::boolean;
  const bool isInteger = n.dtype == DType::i32 || n.dtype == DType::u32;
  bool fine = true;
  if (n.op == Op::cast) fine = true;
  else if (n.op == Op::bitcast) fine = (x == DType::f64) == (n.dtype == DType::f64);
  else if (n.op == Op::select) fine = x == DType::boolean && k.nodes[n.args[1]].dtype == n.dtype && k.nodes[n.args[2]].dtype == n.dtype;
  else if (n.op >= Op::lt && n.op <= Op::ne) fine = n.dtype == DType::boolean && k.nodes[n.args[1]].dtype == x;
  else {
    fine = x == n.dtype && (argumentsOf(n.op) < 2 || k.nodes[n.args[1]].dtype == n.dtype);
    if (n.op >= Op::function || n.op == Op::sqrt || n.op == Op::floor) fine = fine && isFloat(n.dtype);
    else if (n.op == Op::shiftLeft || n.op == Op::shiftRight) fine = fine && isInteger;
    else if (n.op == Op::logicalNot || (n.op >= Op::bitAnd && n.op <= Op::bitXor)) fine = fine && !isFloat(n.dtype);
    else if (n.op <= Op::rem) fine = fine && number;
  }
  return fine;
}

}  // namespace spikeward
