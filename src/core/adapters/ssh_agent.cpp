#include "core/adapters/ssh_agent.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/adapters/descriptor.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/crypto/wire.hpp"

namespace blc::adapters {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// draft-miller-ssh-agent section 5.1.
constexpr std::uint8_t kFailure = 5;
constexpr std::uint8_t kRequestIdentities = 11;
constexpr std::uint8_t kIdentitiesAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignResponse = 14;
constexpr std::size_t kMostAnswer = 256UL << 10U;
constexpr const char* kStartAgent = "ssh-add";

std::unexpected<Error> no_agent(std::string_view why) {
  return fail(Exit::authentication, fmt::format("ssh-agent cannot be used: {}.", why), kStartAgent);
}

// One connection for one question. Never blocks beyond its deadline, whatever the other side does.
class Connection {
 public:
  static Result<Connection> open(const std::string& path, std::chrono::milliseconds patience) {
    if (path.empty()) return no_agent("SSH_AUTH_SOCK is not set");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return no_agent("the path of its socket is too long");
    std::memcpy(&address.sun_path, path.data(), path.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) throw_errno("a socket cannot be made");
    // The sockets API takes every kind of address through this one type.
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return no_agent(reason(errno));
    }
    return Connection(std::move(socket), std::chrono::steady_clock::now() + patience);
  }

  Result<std::string> ask(std::string_view request) {
    const auto framed = crypto::WireWriter().string(request).bytes();
    BLC_CHECK(send(framed));
    BLC_TRY(const auto header, receive(4));
    const auto size = crypto::WireReader(header).u32();
    if (size == 0 || size > kMostAnswer) return no_agent("its answer has an impossible length");
    return receive(size);
  }

 private:
  Connection(Descriptor socket, SteadyTime deadline) : socket_(std::move(socket)), deadline_(deadline) {}

  [[nodiscard]] Result<> wait_for(short event) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
      pollfd waiting{.fd = socket_.get(), .events = event, .revents = 0};
      const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
      if (ready > 0) return {};
      if (ready == 0) return no_agent("it does not answer");
      if (errno != EINTR) throw_errno("poll");
    }
  }

  [[nodiscard]] Result<> send(std::string_view bytes) const {
    while (!bytes.empty()) {
      BLC_CHECK(wait_for(POLLOUT));
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (sent < 0) return no_agent(reason(errno));
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  [[nodiscard]] Result<std::string> receive(std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      BLC_CHECK(wait_for(POLLIN));
      const ssize_t got = ::recv(socket_.get(), bytes.data() + have, size - have, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got < 0) return no_agent(reason(errno));
      if (got == 0) return no_agent("it hung up");
      have += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  Descriptor socket_;
  SteadyTime deadline_;
};

struct Identity {
  std::string blob;
  std::string comment;
};

Result<std::vector<Identity>> identities(const SshTools& tools) {
  BLC_TRY(auto connection, Connection::open(tools.agent_socket, tools.agent_answers));
  BLC_TRY(const auto answer, connection.ask(crypto::WireWriter().byte(kRequestIdentities).bytes()));
  crypto::WireReader in(answer);
  if (in.byte() != kIdentitiesAnswer) return no_agent("it does not list its keys");
  std::vector<Identity> found;
  for (auto count = in.u32(); count > 0 && !in.failed(); --count) {
    const auto blob = in.string();
    found.push_back({std::string(blob), std::string(in.string())});
  }
  if (!in.finished()) return no_agent("its list of keys is damaged");
  return found;
}

class AgentSigner final : public ports::Signer {
 public:
  AgentSigner(crypto::PublicKey key, SshTools tools) : key_(std::move(key)), tools_(std::move(tools)) {}

  [[nodiscard]] std::string public_blob() const override { return key_.blob(); }

  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override {
    const auto data = crypto::sshsig_signed_data(name_space, message);
    const auto request = crypto::WireWriter().byte(kSignRequest).string(key_.blob()).string(data).u32(0).bytes();
    BLC_TRY(auto connection, Connection::open(tools_.agent_socket, tools_.agent_signs));
    if (key_.hardware() && tools_.tell) tools_.tell("Touch your security key now; ssh-agent waits for it.");
    BLC_TRY(const auto answer, connection.ask(request));
    crypto::WireReader in(answer);
    const auto kind = in.byte();
    if (kind == kFailure && key_.hardware()) {
      return fail(Exit::authentication,
                  "ssh-agent did not sign: the security key was not touched in time, is not plugged in, or its PIN is wrong.",
                  "Plug it in, try again, and touch it when it blinks.");
    }
    if (kind == kFailure) {
      return fail(Exit::authentication, "ssh-agent refused to sign: the key is gone, locked, or was not confirmed.",
                  kStartAgent);
    }
    const auto signature = in.string();
    if (kind != kSignResponse || !in.finished()) return no_agent("its answer is damaged");
    return verified_signature(key_, crypto::sshsig_encode(key_, name_space, signature), name_space, message);
  }

 private:
  crypto::PublicKey key_;
  SshTools tools_;
};

}  // namespace

Result<std::vector<AgentKey>> agent_keys(const SshTools& tools) {
  BLC_TRY(auto held, identities(tools));
  std::vector<AgentKey> keys;
  for (auto& identity : held)
    keys.push_back({crypto::PublicKey::parse_blob(identity.blob), std::move(identity.comment)});
  return keys;
}

Result<std::unique_ptr<ports::Signer>> agent_signer(crypto::PublicKey key, SshTools tools) {
  BLC_TRY(const auto held, identities(tools));
  if (std::ranges::find(held, key.blob(), &Identity::blob) == held.end()) {
    return fail(Exit::authentication, fmt::format("ssh-agent does not hold {}.", key.fingerprint()), kStartAgent);
  }
  return std::make_unique<AgentSigner>(std::move(key), std::move(tools));
}

}  // namespace blc::adapters
