// The JavaScript interface of a Backend. An instance belongs to one environment (the main thread or a worker);
// environments share only code. Errors carry their code in `code`.
// Throwing into an environment that is shutting down aborts the process, so such errors are dropped: no JavaScript
// would see them.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>

#include <new>

#include "codegen/executableMemory.hpp"
#include "runtime/backend.hpp"

namespace {

using spikeward::CodedError;

void raise(Napi::Env env, const std::string& code, const std::string& what) {
  // The status is non-ok only if the environment is shutting down.
  napi_throw_error(env, code.c_str(), what.c_str());
}

// No C++ exception may leave a callback.
template <class F>
Napi::Value guarded(Napi::Env env, F f) {
  try {
    return f();
  } catch (const CodedError& e) {
    raise(env, e.code, e.what());
  } catch (const std::bad_alloc&) {
    raise(env, "OUT_OF_MEMORY", "no memory; free buffers, or make the batch smaller");
  } catch (const std::exception& e) {
    raise(env, "INTERNAL", std::string(e.what()) + "; this is a bug in Spikeward");
  }
  return env.Undefined();
}

double numberOf(const Napi::CallbackInfo& info, size_t i) {
  if (!info[i].IsNumber()) throw CodedError("INVALID_ARGUMENTS", "argument " + std::to_string(i) + " is not a number");
  return info[i].As<Napi::Number>().DoubleValue();
}

// Avoids calling JavaScript, which fails in an environment that is shutting down.
std::string textOf(const Napi::CallbackInfo& info, size_t i) {
  char text[64];
  size_t length = 0;
  if (napi_get_value_string_utf8(info.Env(), info[i], text, sizeof text, &length) != napi_ok) throw CodedError("INVALID_ARGUMENTS", "argument " + std::to_string(i) + " is not a string");
  return std::string(text, length);
}

struct View {
  char* data = nullptr;
  size_t bytes = 0;
};

View viewOf(const Napi::CallbackInfo& info, size_t i, bool doubles = false) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (!info[i].IsTypedArray() || napi_get_typedarray_info(info.Env(), info[i], &type, &length, &data, nullptr, nullptr) != napi_ok) {
    throw CodedError("INVALID_ARGUMENTS", "argument " + std::to_string(i) + " is not a typed array");
  }
  if (doubles && type != napi_float64_array) throw CodedError("INVALID_ARGUMENTS", "argument " + std::to_string(i) + " is not a Float64Array");
  return {static_cast<char*>(data), info[i].As<Napi::TypedArray>().ByteLength()};
}

// A run on a thread of Node's pool. The promise resolves when the run ends.
class RunWorker : public Napi::AsyncWorker {
 public:
  RunWorker(Napi::Env env, Napi::Object owner, spikeward::Backend& backend, std::shared_ptr<spikeward::Backend::Job> job)
      : AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), backend_(backend), job_(std::move(job)) {
    owner_ = Napi::Persistent(owner);
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { backend_.perform(*job_); }
  void OnOK() override { deferred_.Resolve(Napi::Boolean::New(Env(), !job_->aborted)); }

 private:
  Napi::Promise::Deferred deferred_;
  spikeward::Backend& backend_;
  std::shared_ptr<spikeward::Backend::Job> job_;
  Napi::ObjectReference owner_;
};

class NativeBackend : public Napi::ObjectWrap<NativeBackend> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeBackend", {
      InstanceMethod<&NativeBackend::describe>("describe"), InstanceMethod<&NativeBackend::allocate>("allocate"),
      InstanceMethod<&NativeBackend::free>("free"), InstanceMethod<&NativeBackend::write>("write"),
      InstanceMethod<&NativeBackend::read>("read"), InstanceMethod<&NativeBackend::compile>("compile"),
      InstanceMethod<&NativeBackend::run>("run"), InstanceMethod<&NativeBackend::disposeExecutable>("disposeExecutable"),
      InstanceMethod<&NativeBackend::profile>("profile"), InstanceMethod<&NativeBackend::measurePeaks>("measurePeaks"),
      InstanceMethod<&NativeBackend::runAsync>("runAsync"), InstanceMethod<&NativeBackend::product>("product"),
      InstanceMethod<&NativeBackend::dispose>("dispose"),
    });
  }

  explicit NativeBackend(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    guarded(info.Env(), [&]() -> Napi::Value {
      const double threads = numberOf(info, 0);
      if (!(threads >= 1 && threads <= 1024)) throw CodedError("INVALID_ARGUMENTS", "threads must be a number from 1 to 1024");
      const std::string operands = info.Length() > 2 ? textOf(info, 2) : "f32";
      backend_ = std::make_unique<spikeward::Backend>(int(threads), textOf(info, 1), operands == "bf16" ? spikeward::Operands::bf16 : operands == "int8" ? spikeward::Operands::int8 : spikeward::Operands::f32);
      return info.Env().Undefined();
    });
  }

  ~NativeBackend() override {
    if (backend_) backend_->waitForJobs();
  }

 private:
  template <class F>
  Napi::Value with(const Napi::CallbackInfo& info, F f) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!backend_) throw CodedError("BACKEND_DISPOSED", "the native backend was disposed and its memory freed; make a new one");
      backend_->waitForJobs();
      return f(*backend_);
    });
  }

  Napi::Value describe(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("instructionSet", b.isa());
      o.Set("threads", b.threads());
      return o;
    });
  }
  Napi::Value allocate(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value { return Napi::Number::New(info.Env(), b.allocate(numberOf(info, 0))); });
  }
  Napi::Value free(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value { return b.free(numberOf(info, 0)), info.Env().Undefined(); });
  }
  Napi::Value write(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const View from = viewOf(info, 1);
      char* to = b.memory(numberOf(info, 0), from.bytes, "write");
      if (from.bytes > 0) std::memcpy(to, from.data, from.bytes);
      return info.Env().Undefined();
    });
  }
  Napi::Value read(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const View to = viewOf(info, 1);
      const char* from = b.memory(numberOf(info, 0), to.bytes, "read");
      if (to.bytes > 0) std::memcpy(to.data, from, to.bytes);
      return info.Env().Undefined();
    });
  }
  Napi::Value compile(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const View blob = viewOf(info, 0, true);
      const double id = b.compile(reinterpret_cast<const double*>(blob.data), blob.bytes / sizeof(double));
      const spikeward::Executable& e = b.executable(id);
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("id", id);
      // Executables share the scratch memory of the threads; each reports the total that it needs.
      o.Set("workspaceBytes", double(e.workspaceBytes()) + double(b.threads()) * double(e.scratchBytes()));
      o.Set("work", e.work());
      o.Set("source", e.describe());
      return o;
    });
  }
  Napi::Value product(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const View blob = viewOf(info, 0, true);
      const spikeward::DotProgram d = b.product(reinterpret_cast<const double*>(blob.data), blob.bytes / sizeof(double));
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("rowwise", d.isRowwise());
      o.Set("byLookUp", d.lookUp);
      // Sixteen sums for every four weights.
      o.Set("tableBytes", d.lookUp ? 16.0 * double(d.r.n) * double(d.r.k) * double(d.sharedB ? 1 : d.r.batch) : 0.0);
      return o;
    });
  }
  Napi::Value run(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const View handles = viewOf(info, 1, true);
      b.run(numberOf(info, 0), reinterpret_cast<const double*>(handles.data), handles.bytes / sizeof(double));
      return info.Env().Undefined();
    });
  }
  // Returns { done, abort }: a promise that tells whether the run finished, and a function that stops it.
  Napi::Value runAsync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!backend_) throw CodedError("BACKEND_DISPOSED", "the native backend was disposed and its memory freed; make a new one");
      // One run at a time: a second one would need its own scratch memory.
      backend_->waitForJobs();
      const View handles = viewOf(info, 1, true);
      auto job = std::make_shared<spikeward::Backend::Job>();
      backend_->prepare(*job, numberOf(info, 0), reinterpret_cast<const double*>(handles.data), handles.bytes / sizeof(double));
      auto* worker = new RunWorker(info.Env(), Value(), *backend_, job);
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("done", worker->promise());
      o.Set("abort", Napi::Function::New(info.Env(), [job](const Napi::CallbackInfo&) { job->aborted = true; }));
      worker->Queue();
      return o;
    });
  }
  Napi::Value disposeExecutable(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value { return b.dispose(numberOf(info, 0)), info.Env().Undefined(); });
  }
  Napi::Value measurePeaks(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      const auto peaks = b.measurePeaks(numberOf(info, 0));
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("flops", peaks.flops);
      o.Set("bytes", peaks.bytes);
      return o;
    });
  }
  // Turns the timing of steps on or off and returns the description of the executable, with the times so far.
  Napi::Value profile(const Napi::CallbackInfo& info) {
    return with(info, [&](spikeward::Backend& b) -> Napi::Value {
      spikeward::Executable& e = b.executable(numberOf(info, 0));
      e.profile(info[1].ToBoolean());
      return Napi::String::New(info.Env(), e.describe());
    });
  }
  Napi::Value dispose(const Napi::CallbackInfo& info) {
    if (backend_) backend_->waitForJobs();
    backend_.reset();
    return info.Env().Undefined();
  }

  std::unique_ptr<spikeward::Backend> backend_;
};

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeBackend", NativeBackend::define(env));
  const std::vector<std::string> names = spikeward::availableIsas();
  Napi::Array isas = Napi::Array::New(env, names.size());
  for (size_t i = 0; i < names.size(); i++) isas.Set(uint32_t(i), names[i]);
  exports.Set("instructionSets", isas);
  exports.Set("runsMachineCode", spikeward::ExecutableMemory::isAvailable());
  exports.Set("version", 5);
  return exports;
}

}  // namespace

NODE_API_MODULE(spikeward, initialise)
