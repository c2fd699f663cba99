// The real OpenSSH tools, for tests: a folder of their own, an environment that is all theirs.
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace blc::test {

// From the package openssh-tests: a FIDO2 token in software.
inline constexpr const char* kSkDummy = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "blc-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::string& path, std::string_view bytes, std::filesystem::perms mode = {}) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path);
  if (mode != std::filesystem::perms{}) std::filesystem::permissions(path, mode);
}

// Runs a program to its end and gives its exit code. Standard input is the file, output is thrown away.
inline int run(const std::vector<std::string>& argv, const std::string& input = "/dev/null",
               const std::map<std::string, std::string>& environment = {}) {
  std::vector<std::string> pairs{std::string("SSH_SK_PROVIDER=") + kSkDummy, "PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : environment) pairs.push_back(fmt::format("{}={}", name, value));
  const auto pointers = [](const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));  // execve's old signature
    result.push_back(nullptr);
    return result;
  };
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, argv.front().c_str(), &actions, nullptr, pointers(argv).data(), pointers(pairs).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + argv.front());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline constexpr const char* kKeygen = "/usr/bin/ssh-keygen";

// A new key pair at `path`.
inline void make_key(const std::string& path, const std::string& type, const std::string& passphrase = "",
                     const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{kKeygen, "-q", "-t", type, "-N", passphrase, "-C", "ana@example.org", "-f", path};
  argv.insert(argv.end(), more.begin(), more.end());
  if (run(argv) != 0) throw std::runtime_error("ssh-keygen makes no key of type " + type);
}

// The armoured signature that ssh-keygen makes over `message`.
inline std::string sign(const Folder& folder, const std::string& key, const std::string& name_space,
                        std::string_view message, const std::map<std::string, std::string>& environment = {},
                        const std::vector<std::string>& more = {}) {
  spill(folder / "message", message);
  std::filesystem::remove(folder / "message.sig");
  std::vector<std::string> argv{kKeygen, "-q", "-Y", "sign", "-n", name_space, "-f", key};
  argv.insert(argv.end(), more.begin(), more.end());
  argv.push_back(folder / "message");
  if (run(argv, "/dev/null", environment) != 0) throw std::runtime_error("ssh-keygen does not sign");
  return slurp(folder / "message.sig");
}

}  // namespace blc::test
