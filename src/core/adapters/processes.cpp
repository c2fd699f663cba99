#include "core/adapters/processes.hpp"

#include <unistd.h>

#include <fmt/format.h>

namespace blc::adapters {

namespace {

Result<ports::Finished> run_in(Isolation& isolation, const ports::Launch& launch, const std::stop_token& stop) {
  const auto program = std::dynamic_pointer_cast<const SealedProgram>(launch.program);
  if (!program) throw Broken("a program was given that was not found by this machine");
  BLC_CHECK(check(launch));
  BLC_TRY(const auto cage, isolation.prepare(launch, *program));
  BLC_TRY(auto ended, supervise(cage->command(), launch.timeout, launch.capture_limit, stop, launch.pulse));
  BLC_TRY(const auto how, cage->verdict(ended));
  return ports::Finished{how, std::move(ended.output), std::move(ended.errors)};
}

// By really running a program in it: what kernels and containers allow cannot be read off anywhere.
bool works(Isolation& isolation) {
  // The keeper finds its children there (CONFIG_PROC_CHILDREN).
  if (::access("/proc/thread-self/children", R_OK) != 0) return false;
  try {
    const auto program = SealedProgram::find("true");
    if (!program) return false;
    ports::Launch launch;
    launch.program = *program;
    launch.argv = {"true"};
    const auto finished = run_in(isolation, launch, {});
    return finished && finished->succeeded();
  } catch (const Broken&) {
    return false;  // this way is not to be had; another may be
  }
}

}  // namespace

Isolation* IsolatedProcesses::chosen() const {
  std::call_once(once_, [this] {
    if (choice_ == Choice::none) return;
    for (auto* const make : {&bubblewrap, &landlock}) {
      if (choice_ == Choice::without_namespaces && make == &bubblewrap) continue;
      auto isolation = make();
      if (!isolation || !works(*isolation)) continue;
      isolation_ = std::move(isolation);
      return;
    }
  });
  return isolation_.get();
}

std::string IsolatedProcesses::isolation() const {
  const auto* const isolation = chosen();
  return isolation == nullptr ? "none" : isolation->name();
}

Result<std::shared_ptr<const ports::Program>> IsolatedProcesses::find(const std::string& name) {
  return SealedProgram::find(name);
}

Result<ports::Finished> IsolatedProcesses::run(const ports::Launch& launch, std::stop_token stop) {
  auto* const isolation = chosen();
  if (isolation == nullptr) {
    return fail(Exit::refused, "Programs cannot be isolated on this machine, so none is run.",
                "Install bubblewrap and allow user namespaces, or use a kernel with Landlock.");
  }
  return run_in(*isolation, launch, stop);
}

}  // namespace blc::adapters
