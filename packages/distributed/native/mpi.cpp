// Binding of Node-API to Open MPI: non-blocking collectives on bytes over MPI_COMM_WORLD, tested from JavaScript so
// that the event loop stays free and a wait can end by a timeout.
#include <mpi.h>
#include <napi.h>
#include <sched.h>

#include <chrono>
#include <climits>
#include <map>
#include <memory>
#include <string>

namespace {

/**
 * A collective in progress: its request, and the arrays that it reads and writes, protected from garbage collection.
 */
struct Flight {
  MPI_Request request = MPI_REQUEST_NULL;
  Napi::ObjectReference from;
  Napi::ObjectReference to;
};

struct Group {
  std::map<int, std::unique_ptr<Flight>> flights;
  int next = 1;
};

/** Returns whether a call of MPI succeeded; throws a JavaScript exception if it failed. */
bool succeeded(Napi::Env env, int status, const char* call) {
  if (status == MPI_SUCCESS) return true;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  Napi::Error::New(env, std::string(call) + ": " + std::string(text, length)).ThrowAsJavaScriptException();
  return false;
}

/** init(): joins MPI_COMM_WORLD. */
Napi::Value init(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int initialised = 0;
  MPI_Initialized(&initialised);
  if (!initialised) {
    int provided = 0;
    if (!succeeded(env, MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread"))
      return env.Undefined();
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  }
  int rank = 0, size = 0, length = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  MPI_Get_library_version(text, &length);
  Napi::Object world = Napi::Object::New(env);
  world.Set("rank", rank);
  world.Set("size", size);
  world.Set("library", std::string(text, length));
  return world;
}

/**
 * start(operation, from, to, root): starts `gather`, `exchange` or `broadcast` on byte arrays; returns its number.
 * `from` contains this rank's block (for `exchange`, one for each rank), `to` one block for each rank; a broadcast
 * reads and writes only `to`.
 */
Napi::Value start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::string operation = info[0].As<Napi::String>().Utf8Value();
  Napi::Uint8Array from = info[1].As<Napi::Uint8Array>();
  Napi::Uint8Array to = info[2].As<Napi::Uint8Array>();
  const int root = info[3].As<Napi::Number>().Int32Value();
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (from.ByteLength() > INT_MAX || to.ByteLength() > INT_MAX) {
    Napi::RangeError::New(env, "a payload of 2 GiB or more").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto flight = std::make_unique<Flight>();
  const int given = static_cast<int>(from.ByteLength());
  int status = MPI_ERR_OTHER;
  if (operation == "gather") {
    status = MPI_Iallgather(from.Data(), given, MPI_BYTE, to.Data(), given, MPI_BYTE, MPI_COMM_WORLD, &flight->request);
  } else if (operation == "exchange") {
    status = MPI_Ialltoall(from.Data(), given / size, MPI_BYTE, to.Data(), given / size, MPI_BYTE, MPI_COMM_WORLD,
                           &flight->request);
  } else {
    status = MPI_Ibcast(to.Data(), static_cast<int>(to.ByteLength()), MPI_BYTE, root, MPI_COMM_WORLD, &flight->request);
  }
  if (!succeeded(env, status, operation.c_str())) return env.Undefined();
  flight->from = Napi::Persistent(from.As<Napi::Object>());
  flight->to = Napi::Persistent(to.As<Napi::Object>());
  Group* group = env.GetInstanceData<Group>();
  const int id = group->next++;
  group->flights.emplace(id, std::move(flight));
  return Napi::Number::New(env, id);
}

/**
 * test(id, microseconds): whether a collective is done; polls for this time, and yields the core to other ranks
 * meanwhile.
 */
Napi::Value test(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Group* group = env.GetInstanceData<Group>();
  const auto found = group->flights.find(info[0].As<Napi::Number>().Int32Value());
  if (found == group->flights.end()) return Napi::Boolean::New(env, true);
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(info[1].As<Napi::Number>().Int64Value());
  int done = 0;
  for (int tries = 0; !done; tries++) {
    if (!succeeded(env, MPI_Test(&found->second->request, &done, MPI_STATUS_IGNORE), "MPI_Test")) return env.Undefined();
    if (done || std::chrono::steady_clock::now() >= until) break;
    if (tries % 64 == 63) sched_yield();
  }
  if (done) group->flights.erase(found);
  return Napi::Boolean::New(env, done != 0);
}

/** finalize(): leaves MPI; collective. */
void finalize(const Napi::CallbackInfo&) {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (!finalized) MPI_Finalize();
}

/** abort(code): ends every rank of the job. */
void abort(const Napi::CallbackInfo& info) { MPI_Abort(MPI_COMM_WORLD, info[0].As<Napi::Number>().Int32Value()); }

Napi::Object load(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Group());
  exports.Set("init", Napi::Function::New(env, init));
  exports.Set("start", Napi::Function::New(env, start));
  exports.Set("test", Napi::Function::New(env, test));
  exports.Set("finalize", Napi::Function::New(env, finalize));
  exports.Set("abort", Napi::Function::New(env, abort));
  exports.Set("version", 1);
  return exports;
}

}  // namespace

NODE_API_MODULE(spikeward_mpi, load)
