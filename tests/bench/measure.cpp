// The measurements of tests/bench/run that a shell cannot take. Each compares two things by turns, so that what else
// the machine does falls on both, and prints the median of each, ours first, then the reference.
//
//   measure race ROUNDS COMMAND... --- COMMAND...   milliseconds from start to end, then those of processor time; both
//                                                   must exit 0, output is discarded
//   measure appends FOLDER ROUNDS BYTES             appends a second through SqliteStore, and bare SQLite commits of one
//                                                   row (WAL, synchronous FULL), of values of that size in FOLDER
//   measure fsyncs FOLDER ROUNDS                    milliseconds of writing a page at the end of a file and syncing it
//   measure worst ROUNDS COMMAND...                 milliseconds that 95 of 100 rounds do not exceed
//   measure times ROUNDS COMMAND...                 milliseconds from start to end, those of processor time, and the most
//                                                   memory that it held at once, in MiB
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapters/sqlite_store.hpp"

namespace {

namespace fs = std::filesystem;
using Times = std::vector<double>;  // milliseconds

constexpr std::string_view kSeparator = "---";
constexpr int kRowsATurn = 20;

[[noreturn]] void broken(const std::string& what) { throw blc::Broken(what); }

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) broken("no number: " + std::string(text));
  return value;
}

double median(Times times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

template <class Work>
double timed(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

struct Used {
  double wall = 0;  // milliseconds
  double processor = 0;
  double memory = 0;  // MiB at once
};

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

Used run(const std::vector<char*>& command) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int stream : {0, 1, 2}) posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
  int status = 0;
  rusage used{};
  const auto wall = timed([&] {
    pid_t child = 0;
    if (::posix_spawnp(&child, command.front(), &files, nullptr, command.data(), environ) != 0)
      broken(std::string(command.front()) + " cannot be started");
    if (::wait4(child, &status, 0, &used) != child) broken("it cannot be waited for");
  });
  posix_spawn_file_actions_destroy(&files);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    broken(fmt::format("{} did not end well (status {})", command.front(), status));
  return {wall, milliseconds(used.ru_utime) + milliseconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

std::vector<char*> command_of(std::span<char*> words) {
  if (words.empty()) broken("a command is missing");
  std::vector<char*> command(words.begin(), words.end());
  command.push_back(nullptr);
  return command;
}

void race(std::size_t rounds, std::span<char*> words) {
  const auto middle = std::ranges::find(words, kSeparator, [](const char* word) { return std::string_view(word); });
  if (middle == words.end()) broken("--- separates the two commands");
  const auto first = static_cast<std::size_t>(middle - words.begin());
  const auto ours = command_of(words.first(first));
  const auto reference = command_of(words.subspan(first + 1));
  std::array<Times, 4> times;
  run(ours);  // once unmeasured: both are in the page cache then
  run(reference);
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto our_use = run(ours);
    const auto reference_use = run(reference);
    times[0].push_back(our_use.wall);
    times[1].push_back(reference_use.wall);
    times[2].push_back(our_use.processor);
    times[3].push_back(reference_use.processor);
  }
  std::cout << fmt::format("{:.3f} {:.3f} {:.3f} {:.3f}\n", median(times[0]), median(times[1]), median(times[2]),
                           median(times[3]));
}

// One table, one row a commit, as fast as SQLite is when a commit shall survive a power cut.
class Bare {
 public:
  explicit Bare(const std::string& path) {
    check(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr));
    check(sqlite3_exec(database_,
                       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                       "CREATE TABLE rows (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
                       nullptr, nullptr, nullptr));
    check(sqlite3_prepare_v2(database_, "INSERT INTO rows (bytes) VALUES (?)", -1, &insert_, nullptr));
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void commit(const std::string& bytes) {
    check(sqlite3_bind_blob64(insert_, 1, bytes.data(), bytes.size(), SQLITE_STATIC));
    if (sqlite3_step(insert_) != SQLITE_DONE) broken(sqlite3_errmsg(database_));
    check(sqlite3_reset(insert_));
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) broken(sqlite3_errmsg(database_));
  }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// A folder of its own below `parent`, removed at the end.
struct Scratch {
  explicit Scratch(const std::string& parent) : path(parent + "/measure-XXXXXX") {
    if (::mkdtemp(path.data()) == nullptr) broken(parent + " cannot be written");
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  std::string path;
};

void appends(const std::string& folder, std::size_t rounds, std::size_t bytes) {
  const Scratch scratch(folder);
  auto made = blc::adapters::SqliteStore::create(scratch.path + "/ours.db");
  if (!made) broken(made.error().message);
  auto& store = **made;
  Bare bare(scratch.path + "/bare.db");
  const std::string value(bytes, 'x');
  std::uint64_t next = 0;
  Times ours;
  Times reference;
  for (std::size_t round = 0; round < rounds; ++round) {
    ours.push_back(timed([&] {
      for (int row = 0; row < kRowsATurn; ++row) {
        if (store.append(next++, value, {}) != blc::ports::Appended::yes) broken("the store refused an append");
      }
    }));
    reference.push_back(timed([&] {
      for (int row = 0; row < kRowsATurn; ++row) bare.commit(value);
    }));
  }
  constexpr double kRowsASecond = 1000.0 * kRowsATurn;
  std::cout << fmt::format("{:.0f} {:.0f}\n", kRowsASecond / median(ours), kRowsASecond / median(reference));
}

void fsyncs(const std::string& folder, std::size_t rounds) {
  const Scratch scratch(folder);
  const int file = ::open((scratch.path + "/file").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) broken(scratch.path + " cannot be written");
  const std::array<char, 4096> page{};
  Times times;
  for (std::size_t round = 0; round < rounds; ++round) {
    times.push_back(timed([&] {
      if (::write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size()) || ::fdatasync(file) != 0)
        broken(scratch.path + " cannot be written");
    }));
  }
  ::close(file);
  std::cout << fmt::format("{:.3f}\n", median(times));
}

void times(std::size_t rounds, std::span<char*> words) {
  const auto command = command_of(words);
  std::array<Times, 3> all;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto used = run(command);
    all[0].push_back(used.wall);
    all[1].push_back(used.processor);
    all[2].push_back(used.memory);
  }
  std::cout << fmt::format("{:.3f} {:.3f} {:.1f}\n", median(all[0]), median(all[1]), median(all[2]));
}

void worst(std::size_t rounds, std::span<char*> words) {
  const auto command = command_of(words);
  Times times;
  run(command);
  for (std::size_t round = 0; round < rounds; ++round) times.push_back(run(command).wall);
  std::ranges::sort(times);
  std::cout << fmt::format("{:.3f}\n", times[(rounds * 95 + 99) / 100 - 1]);
}

void measure(std::span<char*> words) {
  const auto word = [&](std::size_t at) -> std::string_view {
    if (at >= words.size()) broken("measure race|worst|times|appends|fsyncs ...");
    return words[at];
  };
  if (word(1) == "race") {
    race(number(word(2)), words.subspan(3));
  } else if (word(1) == "appends") {
    appends(std::string(word(2)), number(word(3)), number(word(4)));
  } else if (word(1) == "fsyncs") {
    fsyncs(std::string(word(2)), number(word(3)));
  } else if (word(1) == "worst") {
    worst(number(word(2)), words.subspan(3));
  } else if (word(1) == "times") {
    times(number(word(2)), words.subspan(3));
  } else {
    broken("measure does not know " + std::string(word(1)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(std::span(argv, static_cast<std::size_t>(argc)));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "measure: " << error.what() << '\n';
    return 1;
  }
}
