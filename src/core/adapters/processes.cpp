#include "core/adapters/processes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

namespace {

Result<ports::Finished> run_in(Isolation& isolation, const ports::Launch& launch, const std::stop_token& stop) {
  const auto program = std::dynamic_pointer_cast<const SealedProgram>(launch.program);
  if (!program) throw Broken("a program was given that was not found by this machine");
  BLC_CHECK(check(launch));
  BLC_TRY(const auto cage, isolation.prepare(launch, *program));
  BLC_TRY(auto ended, supervise(cage->command(), launch.timeout, launch.capture_limit, stop, launch.pulse, launch.says));
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

// All that decides whether bubblewrap works, as far as it can be named: the boot, the program, who runs it and inside
// which namespaces (a container has its own). Empty when that cannot be told.
std::string surroundings() {
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(boot, text);
  struct stat about {};
  if (text.empty() || ::stat(kBubblewrap, &about) != 0) return {};
  text += fmt::format(" {}:{}:{}.{:09}", about.st_dev, about.st_ino, about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
  for (const char* const space : {"/proc/self/ns/user", "/proc/self/ns/mnt", "/proc/self/ns/pid"}) {
    if (::stat(space, &about) != 0) return {};
    text += fmt::format(" {}", about.st_ino);
  }
  return fmt::format("{} {}\n", text, ::geteuid());
}

}  // namespace

bool IsolatedProcesses::bubblewrap_works(Isolation& isolation) const {
  const auto here = memory_.empty() ? std::string() : surroundings();
  if (here.empty()) return works(isolation);
  const auto remembered = read_private(memory_, Readers::owner);
  if (remembered && *remembered == here) return true;
  if (!works(isolation)) return false;
  try {
    replace_private(memory_, here);
  } catch (const Broken&) {  // NOLINT(bugprone-empty-catch): it is found out again next time
  }
  return true;
}

Isolation* IsolatedProcesses::chosen() const {
  std::call_once(once_, [this] {
    if (choice_ == Choice::none) return;
    for (auto* const make : {&bubblewrap, &landlock}) {
      if (choice_ == Choice::without_namespaces && make == &bubblewrap) continue;
      auto isolation = make();
      if (!isolation || !(make == &bubblewrap ? bubblewrap_works(*isolation) : works(*isolation))) continue;
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
