#include "support/fake_programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/crypto/digest.hpp"

namespace blc::testing {

namespace {

class FakeProgram final : public ports::Program {
 public:
  FakeProgram(std::string path, const Digest& digest) : path_(std::move(path)), digest_(digest) {}
  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] const Digest& digest() const override { return digest_; }

 private:
  std::string path_;
  Digest digest_;
};

// As the real one: the first bytes are kept, all are counted.
ports::Captured capture(const std::string& printed, std::uint64_t limit) {
  return {printed.substr(0, limit), printed.size()};
}

}  // namespace

Result<std::optional<Secret>> FakeCredentials::read(Environment environment, Classification classification, const std::string& name) {
  const auto found = secrets.find(fmt::format("{}/{}/{}", to_string(environment), to_string(classification), name));
  return found == secrets.end() ? std::nullopt : std::optional(Secret::copy(found->second));
}

Result<std::optional<std::string>> FakePracticeFiles::read(const std::string& path, std::uint64_t limit) {
  const auto found = files.find(path);
  if (found == files.end()) return std::nullopt;
  if (found->second.size() > limit) return fail(Exit::usage, path + " is too large");
  return found->second;
}

Result<std::optional<std::string>> FakePracticeFiles::read_link(const std::string& path) {
  const auto found = links.find(path);
  return found == links.end() ? std::optional<std::string>() : std::optional(found->second);
}

Result<std::vector<std::string>> FakePracticeFiles::list(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& [path, content] : files) {
    if (path.starts_with(folder + "/")) paths.push_back(path);
  }
  return paths;
}

Result<std::optional<std::string>> FakePracticeFiles::readable_folder(const std::string& path) {
  if (std::ranges::find(made, path) == made.end()) return std::nullopt;
  return "/practice/" + path;
}

Result<std::string> FakePracticeFiles::writable_folder(const std::string& path) {
  made.push_back(path);
  return "/practice/" + path;
}

Result<std::shared_ptr<const ports::Program>> FakeProcesses::find(const std::string& name) {
  if (std::ranges::find(missing, name) != missing.end()) return fail(Exit::failed, "no program " + name);
  const auto given = bytes.find(name);
  return std::make_shared<const FakeProgram>("/usr/bin/" + name,
                                             crypto::sha256(given == bytes.end() ? name : given->second));
}

Result<ports::Finished> FakeProcesses::run(const ports::Launch& launch, std::stop_token /*stop*/) {
  const auto& name = launch.argv.front();
  Script script;
  if (const auto found = scripts.find(name); found != scripts.end()) script = found->second;
  if (const auto found = next.find(name); found != next.end() && !found->second.empty()) {
    script = found->second.front();
    found->second.pop_front();
  }
  if (script.end == Script::End::never_starts)
    return fail(Exit::refused, script.errors.empty() ? "no isolation is to be had" : script.errors);
  launches.push_back(launch);
  if (script.meanwhile) script.meanwhile(launch);
  if (!last_for(script.lasts, launch.pulse)) script.end = Script::End::interrupted;
  ports::Finished finished{ports::Exited{script.code}, capture(script.output, launch.capture_limit),
                           capture(script.errors, launch.capture_limit)};
  if (script.end == Script::End::hangs) finished.how = ports::TimedOut{};
  if (script.end == Script::End::killed) finished.how = ports::Signalled{9};
  if (script.end == Script::End::interrupted) finished.how = ports::Interrupted{};
  return finished;
}

bool FakeProcesses::last_for(Milliseconds time, const ports::Pulse& pulse) const {
  while (time > Milliseconds(0)) {
    const bool beats = pulse.every > Milliseconds(0) && pulse.every <= time;
    const auto step = beats ? pulse.every : time;
    pass_time(step);
    time -= step;
    if (beats && !pulse.beat()) return false;
  }
  return true;
}

std::size_t FakeProcesses::count(std::string_view program) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(launches, [&](const auto& launch) { return launch.argv.front() == program; }));
}

std::string FakeProcesses::started() const {
  std::string names;
  for (const auto& launch : launches) names += (names.empty() ? "" : " ") + launch.argv.front();
  return names;
}

const ports::Launch& FakeProcesses::last(std::string_view program) const {
  const auto found = std::ranges::find_if(launches.rbegin(), launches.rend(),
                                          [&](const auto& launch) { return launch.argv.front() == program; });
  if (found == launches.rend()) throw std::logic_error("never started: " + std::string(program));
  return *found;
}

}  // namespace blc::testing
