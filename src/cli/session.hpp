#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "cli/command_log.hpp"
#include "cli/globals.hpp"
#include "cli/head_file.hpp"
#include "cli/output.hpp"
#include "cli/places.hpp"
#include "core/adapters/file_credentials.hpp"
#include "core/adapters/file_journal.hpp"
#include "core/adapters/interrupts.hpp"
#include "core/adapters/logged.hpp"
#include "core/adapters/practice_files.hpp"
#include "core/adapters/processes.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/signers.hpp"
#include "core/adapters/sqlite_index.hpp"
#include "core/adapters/sqlite_store.hpp"
#include "core/adapters/system.hpp"
#include "core/adapters/terminal.hpp"
#include "core/approval/desk.hpp"
#include "core/approval/log.hpp"
#include "core/approval/vault.hpp"
#include "core/crypto/service_key.hpp"
#include "core/execution/executor.hpp"
#include "core/policy/settings.hpp"

namespace blc::cli {

// What one command works with: wires the adapters, each when it is first needed. The one place that knows
// them all. Order of trust: the practice's directory must be joined, its ledger must extend the pin.
class Session {
 public:
  // Glance: the ledger is read and verified, and nothing is written, not even how far it was verified.
  enum class Purpose { command, glance };
  Session(Globals globals, Output& output, CommandLog& command_log, Purpose purpose = Purpose::command);
  ~Session();

  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Output& output() { return output_; }
  // What operators read; the ledger is log().
  [[nodiscard]] CommandLog& command_log() { return command_log_; }
  [[nodiscard]] adapters::Terminal& terminal() { return terminal_; }
  [[nodiscard]] ports::Clock& clock() { return clock_; }
  [[nodiscard]] ports::Randomness& random() { return random_; }
  // Somebody can be asked.
  [[nodiscard]] bool interactive() const { return terminal_.interactive() && !globals_.no_input; }
  // An answer on the terminal; nullopt at the end of the input. Ctrl-C is Exit::interrupted, which says `undone`: what
  // has not come about, as in "nothing was signed". Every question of blc is asked here; what they begin with goes to
  // Output::call.
  Result<std::optional<std::string>> ask(const std::string& question, const std::string& undone);
  Result<std::optional<Secret>> ask_secret(const std::string& question, const std::string& undone);
  [[nodiscard]] const adapters::SshTools& ssh_tools();
  [[nodiscard]] std::stop_token interrupts();

  Result<const Places*> places();
  // Exit::refused when one would lower what the policy that governs the environment asks for.
  Result<policy::Settings> settings();
  // The same, in that environment whatever --env and BLC_ENV say.
  Result<policy::Settings> settings_in(Environment environment);
  // The path of the key that this person signs with: --key, BLC_KEY, the default.
  Result<std::string> key_path();
  Result<ports::Signer*> signer();

  // From here on nothing is kept of what is seen; call it before the practice is opened. Nothing can be signed then.
  void look_only() { purpose_ = Purpose::glance; }
  // Which practice the command is about, and its pin: Exit::refused when this user has not joined it.
  Result<> join();
  Result<std::string> store_path() const;
  // Opens the practice and verifies what is new in its ledger; warns of void entries, unless they are refused (with
  // Exit::ledger), and of missing ones of ours.
  enum class VoidEntries { warned_of, refused };
  Result<approval::Log*> log(VoidEntries void_entries = VoidEntries::warned_of);
  // The same without judging what it finds: for `ledger verify`, which reports it.
  Result<approval::Log*> unverified_log();
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const PinFile& pin() const { return pin_; }
  Result<ports::PracticeFiles*> files();

  // The executor's key-encryption key; null where this user has no executor, or it has none.
  Result<std::unique_ptr<ports::KeyWrap>> sealing_key();
  Result<approval::Vault*> vault();
  Result<approval::Desk*> desk();
  Result<execution::Executor*> executor();
  Result<crypto::ServiceKey*> executor_key();

  // The public half of the key at key_path().
  Result<crypto::PublicKey> public_key();
  // Who the key belongs to without opening its private half: for screens. Null when not enrolled.
  [[nodiscard]] const trust::Principal* known_me();
  // Where something was signed in this person's name since they were last told; from here on they know. Of this client
  // they need not be told.
  std::vector<ports::FirstUse> new_uses_of_my_key();
  // The verbs, policies and programs that govern in an environment.
  Result<trust::Catalog> governing_catalog(Environment environment);

  // An open proposal by its full ID or a suffix of at least six characters; null when there is none, Exit::usage when
  // more than one thing is called so.
  Result<const approval::Proposal*> find_proposal(const std::string& text);
  // A run by its full ID or a unique suffix of at least six characters.
  Result<const approval::Run*> find_run(const std::string& text);

 private:
  Result<policy::Settings> held(Result<policy::Settings> read);
  Result<> open_practice();
  void tell_of_ledger(std::size_t faults, std::size_t missing, Milliseconds took);
  [[nodiscard]] std::string executor_file(const char* name) const { return pin_.executor_state + "/" + name; }
  [[nodiscard]] adapters::Readers state_readers() const {
    return pin_.shared ? adapters::Readers::group : adapters::Readers::owner;
  }

  Globals globals_;
  Output& output_;
  CommandLog& command_log_;
  Purpose purpose_;
  adapters::Terminal terminal_;
  adapters::SystemClock clock_;
  adapters::SystemRandom random_;
  std::optional<Places> places_;
  std::optional<adapters::SshTools> ssh_tools_;
  std::unique_ptr<adapters::Interrupts> interrupts_;
  std::string directory_;
  PinFile pin_;
  std::unique_ptr<adapters::DirectoryPractice> files_;
  std::unique_ptr<ports::LedgerStore> store_;
  std::unique_ptr<HeadFile> memory_;
  std::unique_ptr<adapters::SqliteIndex> index_;
  std::unique_ptr<approval::Log> log_;
  bool refreshed_ = false;
  std::optional<crypto::PublicKey> known_key_;  // of known_me(), once it was read
  std::unique_ptr<ports::Signer> key_;
  std::unique_ptr<ports::Signer> signer_;
  std::unique_ptr<ports::KeyWrap> kek_;
  std::unique_ptr<approval::Vault> vault_;
  std::optional<approval::Desk> desk_;
  std::unique_ptr<crypto::ServiceKey> executor_key_;
  std::unique_ptr<ports::Signer> executor_signer_;
  std::unique_ptr<adapters::FileJournal> journal_;
  std::unique_ptr<ports::Processes> processes_;
  std::unique_ptr<ports::Credentials> credentials_;
  std::optional<execution::Executor> executor_;
};

}  // namespace blc::cli
