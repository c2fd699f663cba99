#include <fmt/format.h>

#include "cli/doctor/checks.hpp"
#include "cli/doctor/judge.hpp"
#include "core/adapters/machine.hpp"
#include "core/adapters/processes.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

constexpr std::uint64_t kMiB = 1ULL << 20U;
constexpr Room kForState{16 * kMiB, 256 * kMiB};
constexpr Room kForSigning{kMiB, 4 * kMiB};  // what is signed lies there for a moment

void check_versions(Findings& findings) {
  findings.ok("versions", fmt::format("blc {}, SQLite {}, {}", BLC_VERSION, adapters::sqlite_version(), adapters::kernel()));
  findings.guard("versions", "apt-get install openssh-client", [&]() -> Result<> {
    BLC_TRY(const auto version, adapters::ssh_version());
    findings.ok("versions", text::display(version));
    return {};
  });
}

void check_memory(Session& session, Findings& findings) {
  const auto& folder = session.ssh_tools().memory_folder;
  const auto space = adapters::space_at(folder);
  if (const auto about = adapters::about_file(folder); !about || !about->folder || !about->writable) {
    findings.fail("memory", "there is no folder in memory to sign in: " + text::display(folder), "set XDG_RUNTIME_DIR, or mount /dev/shm");
  } else if (space && !space->in_memory) {
    findings.warn("memory", fmt::format("what you sign with ssh-keygen lies on a disk for a moment: {}", text::display(folder)),
                  "set XDG_RUNTIME_DIR to a folder on tmpfs");
  } else {
    judge_space(findings, "the folder in memory for what you sign", folder, space, kForSigning);
  }
  if (adapters::memory_is_private()) {
    findings.ok("memory", "core dumps are off, and no other program of yours reads this one's memory");
  } else {
    findings.fail("memory", "this program could leave a core dump", "run it without a debugger, and not with more powers than you have");
  }
}

void check_state(Session& session, Findings& findings) {
  findings.guard("state", "set HOME", [&]() -> Result<> {
    BLC_TRY(const auto* const places, session.places());
    for (const auto& folder : {places->config, places->state}) {
      if (const auto about = adapters::about_file(folder)) judge_access(findings, "state", folder, about, {.most = 0700}, "");
    }
    judge_space(findings, "your state", places->state, adapters::space_at(places->state), kForState);
    if (const auto trouble = session.command_log().logger().trouble(); !trouble.empty())
      findings.warn("log", "it is not kept: " + text::display(trouble), "see blc-log(5)");
    else
      findings.ok("log", text::display(places->log_file()));
    return {};
  });
}

}  // namespace

void check_machine(Session& session, Findings& findings) {
  findings.guard("isolation", "apt-get install bubblewrap", [&]() -> Result<> {
    judge_isolation(findings, adapters::IsolatedProcesses().isolation());
    return {};
  });
  check_versions(findings);
  check_memory(session, findings);
  check_state(session, findings);
  judge_space(findings, "temporary files", "/tmp", adapters::space_at("/tmp"), kForSigning);
  findings.guard("settings", "see ENVIRONMENT in blc(1)", [&]() -> Result<> {
    BLC_TRY(const auto settings, session.settings());
    findings.ok("settings", fmt::format("environment {}{}, up to {}", to_string(settings.environment),
                                        settings.rehearsal ? " (rehearsal)" : "", to_string(settings.ceiling)));
    return {};
  });
}

}  // namespace blc::cli
