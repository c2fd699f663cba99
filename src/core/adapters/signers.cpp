#include "core/adapters/signers.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "core/adapters/secure_files.hpp"
#include "core/adapters/ssh_agent.hpp"
#include "core/adapters/ssh_keygen.hpp"
#include "core/crypto/service_key.hpp"

namespace blc::adapters {

namespace {

constexpr std::uint64_t kMostKey = 64U << 10U;
constexpr std::string_view kOpenssh = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kPkcs8 = "-----BEGIN PRIVATE KEY-----";
constexpr std::string_view kEncryptedPkcs8 = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

enum class Kind : std::uint8_t { openssh, pkcs8, public_half };

struct KeyFile {
  Kind kind;
  Secret text;
};

Result<Secret> read_as(const std::string& path, Readers readers) {
  auto bytes = read_private(path, readers, kMostKey);
  if (!bytes) return fail(Exit::authentication, bytes.error().message, bytes.error().hint);
  if (!*bytes) return fail(Exit::authentication, fmt::format("There is no key at {}.", path), "blc key new");
  return Secret::take(*std::move(*bytes));
}

Result<KeyFile> read_key_file(const std::string& path) {
  BLC_TRY(auto text, read_as(path, Readers::given));
  if (!text.reveal().starts_with("-----BEGIN ")) return KeyFile{Kind::public_half, std::move(text)};
  // Private: read again, so that the bytes in use are those of the file whose mode was checked.
  BLC_TRY(text, read_as(path, Readers::owner));
  if (text.reveal().starts_with(kOpenssh)) return KeyFile{Kind::openssh, std::move(text)};
  if (text.reveal().starts_with(kPkcs8) || text.reveal().starts_with(kEncryptedPkcs8)) {
    return KeyFile{Kind::pkcs8, std::move(text)};
  }
  return fail(Exit::authentication, fmt::format("{} is in a form that blc does not read.", path),
              fmt::format("ssh-keygen -p -f {}", path));  // writes it anew in OpenSSH's own form
}

// Names the file in what was found wrong with its content.
template <class T>
Result<T> about(const std::string& path, Result<T> result) {
  if (result) return result;
  return fail(result.error().code, fmt::format("{}: {}", path, result.error().message), result.error().hint);
}

bool exists(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw_errno(path);
}

// Checks that both names are free and that there is a folder to put them in.
Result<> prepare(const std::string& path) {
  for (const auto& name : {path, path + ".pub"}) {
    if (exists(name)) {
      return fail(Exit::failed, fmt::format("{} exists already.", name), "Give another path, or move it away.");
    }
  }
  const auto folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty() && !exists(folder)) BLC_CHECK(make_private_directory(folder));
  return {};
}

void remove_pair(const std::string& path) {
  for (const auto& name : {path, path + ".pub"}) {
    if (::unlink(name.c_str()) != 0 && errno != ENOENT) throw_errno(name + " cannot be removed");
  }
}

}  // namespace

Result<std::unique_ptr<ports::Signer>> open_signer(const std::string& path, const SshTools& tools) {
  BLC_TRY(const auto file, read_key_file(path));
  switch (file.kind) {
    case Kind::openssh: {
      BLC_TRY(auto header, about(path, read_openssh_header(file.text)));
      return keygen_signer(path, std::move(header), tools);
    }
    case Kind::pkcs8: {
      return about(path, crypto::ServiceKey::from_pem(file.text));
    }
    case Kind::public_half: {
      BLC_TRY(auto key, about(path, crypto::PublicKey::parse_line(file.text.reveal())));
      return agent_signer(std::move(key), tools);
    }
  }
  throw Broken("a key file of no kind");
}

Result<crypto::PublicKey> read_public_half(const std::string& path) {
  BLC_TRY(const auto file, read_key_file(path));
  switch (file.kind) {
    case Kind::openssh: {
      BLC_TRY(auto header, about(path, read_openssh_header(file.text)));
      return std::move(header.key);
    }
    case Kind::pkcs8: {
      BLC_TRY(const auto key, about(path, crypto::ServiceKey::from_pem(file.text)));
      return key->key();
    }
    case Kind::public_half: return about(path, crypto::PublicKey::parse_line(file.text.reveal()));
  }
  throw Broken("a key file of no kind");
}

Result<NewKey> new_person_key(const std::string& path, bool passphrase, const std::string& comment,
                              const SshTools& tools) {
  BLC_CHECK(prepare(path));
  std::vector<std::string> arguments{"-q", "-t", "ed25519", "-C", comment, "-f", path};
  if (!passphrase) arguments.insert(arguments.end(), {"-N", ""});
  const auto code = run_ssh_keygen(tools, arguments);
  if (!code) return fail(code.error().code, "interrupted; no key was made");
  if (*code != 0) return fail(Exit::failed, fmt::format("ssh-keygen made no key at {}.", path));
  BLC_TRY(const auto text, read_as(path, Readers::owner));
  BLC_TRY(auto header, about(path, read_openssh_header(text)));
  // Without a terminal ssh-keygen takes "nobody answered" for an empty passphrase.
  if (passphrase && !header.encrypted) {
    remove_pair(path);
    return fail(Exit::authentication, "No passphrase was given, so no key was made.",
                "Give a passphrase on the terminal, or ask for a key without one.");
  }
  // ssh-keygen leaves that to the system: a power cut would take the key that a ledger names as its only admin's.
  sync_file(path);
  sync_file(path + ".pub");
  return NewKey{.key = std::move(header.key), .path = path, .public_path = path + ".pub"};
}

Result<NewKey> new_service_key(const std::string& path) {
  BLC_CHECK(prepare(path));
  auto [key, pem] = crypto::ServiceKey::generate();
  BLC_CHECK(create_private(path, pem.reveal()));
  auto written = create_private(path + ".pub", key->key().line() + "\n", 0644);
  if (!written) {
    ::unlink(path.c_str());  // ours, made just now; half a pair would only be in the way
    return std::unexpected(std::move(written).error());
  }
  return NewKey{.key = key->key(), .path = path, .public_path = path + ".pub"};
}

}  // namespace blc::adapters
