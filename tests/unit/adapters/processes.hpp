// What the tests of programs share: Perl, because perl-base is on every Debian, in both isolations of this machine.
#pragma once
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/adapters/processes.hpp"
#include "unit/adapters/scratch.hpp"

namespace blc::test {

using adapters::IsolatedProcesses;

class ProcessesTest : public ::testing::TestWithParam<IsolatedProcesses::Choice> {
 protected:
  ports::Launch perl(const std::string& script, std::vector<std::string> arguments = {}) {
    ports::Launch launch;
    launch.program = processes_.find("perl").value();
    launch.argv = {"perl", "-e", script};
    launch.argv.insert(launch.argv.end(), arguments.begin(), arguments.end());
    return launch;
  }
  ports::Finished run(const ports::Launch& launch, const std::stop_token& stop = {}) {
    auto finished = processes_.run(launch, stop);
    if (!finished) throw std::runtime_error(finished.error().message);
    return *std::move(finished);
  }
  ports::Finished run_perl(const std::string& script) { return run(perl(script)); }
  // What the script prints; it must end well.
  std::string printed(const ports::Launch& launch) {
    const ports::Finished finished = run(launch);
    EXPECT_TRUE(finished.succeeded()) << finished.errors.bytes;
    return finished.output.bytes;
  }
  std::string printed(const std::string& script) { return printed(perl(script)); }

  Scratch scratch_;
  IsolatedProcesses processes_{GetParam()};
};

inline const auto kIsolations = ::testing::Values(IsolatedProcesses::Choice::best, IsolatedProcesses::Choice::without_namespaces);
inline std::string isolation_name(const ::testing::TestParamInfo<IsolatedProcesses::Choice>& each) {
  return each.param == IsolatedProcesses::Choice::best ? "Bubblewrap" : "Landlock";
}

}  // namespace blc::test
