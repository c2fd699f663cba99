// Agents for tests: the real ssh-agent, and one that answers whatever it is told to.
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/adapters/descriptor.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::test {

// ssh-agent in the foreground, ended with this.
class RealAgent {
 public:
  explicit RealAgent(const Folder& folder) : socket_(folder / "agent") {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    const adapters::Descriptor read_end(ends[0]);
    adapters::Descriptor write_end(ends[1]);
    std::vector<std::string> argv{"ssh-agent", "-D", "-a", socket_};
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", std::string("SSH_SK_PROVIDER=") + kSkDummy};
    std::vector<char*> arguments{argv[0].data(), argv[1].data(), argv[2].data(), argv[3].data(), nullptr};
    std::vector<char*> variables{environment[0].data(), environment[1].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = ::posix_spawn(&pid_, "/usr/bin/ssh-agent", &actions, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("ssh-agent does not start");
    write_end.reset();
    char first = '\0';  // it speaks once it listens
    if (::read(read_end.get(), &first, 1) != 1) throw std::runtime_error("ssh-agent does not listen");
  }
  RealAgent(const RealAgent&) = delete;
  RealAgent& operator=(const RealAgent&) = delete;
  ~RealAgent() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] const std::string& socket() const { return socket_; }
  void add(const std::string& key) const {
    if (run({"/usr/bin/ssh-add", "-q", key}, "/dev/null", {{"SSH_AUTH_SOCK", socket_}}) != 0) {
      throw std::runtime_error("ssh-add does not add " + key);
    }
  }
  void clear() const {
    if (run({"/usr/bin/ssh-add", "-q", "-D"}, "/dev/null", {{"SSH_AUTH_SOCK", socket_}}) != 0) {
      throw std::runtime_error("ssh-add does not clear");
    }
  }

 private:
  std::string socket_;
  pid_t pid_ = 0;
};

// Answers its connections in turn, one question each, with exactly these bytes; then it hangs up, unless the
// answer is kSilence: that connection it holds open until this is destroyed.
class ScriptedAgent {
 public:
  static constexpr const char* kSilence = "silence";

  ScriptedAgent(const Folder& folder, std::vector<std::string> answers)
      : socket_(folder / "scripted"), answers_(std::move(answers)) {
    listening_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listening_.get(), 8) != 0) {
      throw std::runtime_error("bind");
    }
    thread_ = std::jthread([this] { serve(); });
  }
  ~ScriptedAgent() { ::shutdown(listening_.get(), SHUT_RDWR); }  // wakes accept
  ScriptedAgent(const ScriptedAgent&) = delete;
  ScriptedAgent& operator=(const ScriptedAgent&) = delete;
  [[nodiscard]] const std::string& socket() const { return socket_; }

 private:
  void serve() {
    std::vector<adapters::Descriptor> held;
    for (const auto& answer : answers_) {
      adapters::Descriptor client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      std::array<char, 4096> question{};
      if (::recv(client.get(), question.data(), question.size(), 0) <= 0) continue;
      if (answer == kSilence) {
        held.push_back(std::move(client));
        continue;
      }
      static_cast<void>(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
    }
    static_cast<void>(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));  // until shutdown
  }

  std::string socket_;
  std::vector<std::string> answers_;
  adapters::Descriptor listening_;
  std::jthread thread_;
};

}  // namespace blc::test
