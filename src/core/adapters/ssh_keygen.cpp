#include "core/adapters/ssh_keygen.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "core/adapters/secure_files.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/crypto/wire.hpp"

namespace blc::adapters {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kMagic = "openssh-key-v1\0"sv;
constexpr std::size_t kHeaderDigits = 4096;  // base64; holds the public part of every key, refused ones too
constexpr std::uint64_t kMostSignature = 64U << 10U;

// A folder of this user alone that lives in memory and goes with its files when this does.
class MemoryFolder {
 public:
  explicit MemoryFolder(const std::string& parent) : path_(parent + "/blc-sign-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw_errno("a folder in " + parent + " cannot be made");  // mode 0700
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  ~MemoryFolder() {
    std::error_code ignored;  // nothing more can be done, and a destructor does not throw
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

 private:
  std::string path_;
};

void write_message(const std::string& path, std::string_view message) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) throw_errno(path + " cannot be written");
  write_all(file, message, path);
}

std::optional<std::string> read_signature(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return file.valid() ? read_all(file, kMostSignature, path) : std::nullopt;
}

class KeygenSigner final : public ports::Signer {
 public:
  KeygenSigner(std::string path, crypto::PublicKey key, SshTools tools)
      : path_(std::move(path)), key_(std::move(key)), tools_(std::move(tools)) {}

  [[nodiscard]] std::string public_blob() const override { return key_.blob(); }

  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override {
    const MemoryFolder folder(tools_.memory_folder);
    const auto file = folder.file("message");
    // A file, never standard input: with a key that wants a PIN and no terminal, ssh-keygen takes what it reads
    // there for the PIN.
    write_message(file, message);
    const int code = run_ssh_keygen(tools_, {"-q", "-Y", "sign", "-n", std::string(name_space), "-f", path_, file});
    const auto armored = code == 0 ? read_signature(file + ".sig") : std::nullopt;
    if (!armored) {
      return fail(Exit::authentication, fmt::format("ssh-keygen did not sign with {}.", path_),
                  "Check the passphrase, or that the security key is plugged in, and try again.");
    }
    BLC_TRY(auto raw, crypto::sshsig_unarmor(*armored));
    return verified_signature(key_, std::move(raw), name_space, message);
  }

 private:
  std::string path_;
  crypto::PublicKey key_;
  SshTools tools_;
};

}  // namespace

Result<OpensshHeader> read_openssh_header(const Secret& text) {
  const auto damaged = [] { return fail(Exit::authentication, "The OpenSSH private key is damaged."); };
  auto rest = text.reveal();
  if (!rest.starts_with(kBegin)) return damaged();
  rest.remove_prefix(kBegin.size());
  std::string digits;
  digits.reserve(kHeaderDigits);
  for (const char c : rest.substr(0, rest.find('-'))) {
    if (c != '\n' && digits.size() < kHeaderDigits) digits.push_back(c);
  }
  auto decoded = crypto::from_base64(digits);
  Secret::wipe(digits);
  if (!decoded) return damaged();
  const auto bytes = Secret::take(*std::move(decoded));  // private bytes follow the header
  crypto::WireReader in(bytes.reveal());
  if (in.raw(kMagic.size()) != kMagic) return damaged();
  const auto cipher = in.string();
  in.string();  // the key derivation's name
  in.string();  // and its options
  const auto count = in.u32();
  const auto blob = in.string();
  if (in.failed() || count != 1) return damaged();
  BLC_TRY(auto key, crypto::PublicKey::parse_blob(blob));
  return OpensshHeader{.key = std::move(key), .encrypted = cipher != "none"};
}

std::unique_ptr<ports::Signer> keygen_signer(std::string path, crypto::PublicKey key, SshTools tools) {
  return std::make_unique<KeygenSigner>(std::move(path), std::move(key), std::move(tools));
}

}  // namespace blc::adapters
