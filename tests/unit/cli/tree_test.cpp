#include "cli/tree.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

namespace blc::cli {
namespace {

struct Tree {
  Globals globals{};
  CLI::App app{};
  Commands commands{Syntax{app}, {}};
  bool whole;

  explicit Tree(std::string_view only = {}) : whole(build_tree(commands, globals, only)) {}

  [[nodiscard]] std::vector<CLI::App*> all() { return app.get_subcommands([](CLI::App*) { return true; }); }
};

TEST(Tree, OfOneWordHasWhatTheWholeOneHasUnderIt) {
  Tree whole;
  EXPECT_TRUE(whole.whole);
  for (auto* const command : whole.all()) {
    const auto name = command->get_name();
    Tree part(name);
    EXPECT_EQ(part.whole, name == "help") << name;
    if (part.whole) continue;
    EXPECT_LE(part.all().size(), 5U) << name;
    const auto all = part.all();
    const auto found = std::ranges::find(all, name, [](const auto* each) { return each->get_name(); });
    ASSERT_NE(found, all.end()) << name;
    EXPECT_EQ((*found)->help("", CLI::AppFormatMode::All), command->help("", CLI::AppFormatMode::All));
  }
}

TEST(Tree, OfAWordThatIsNoCommandIsWhole) {
  Tree whole;
  for (const auto* const word : {"", "client-report", "--help", "inbo", "help"}) {
    Tree tree(word);
    EXPECT_TRUE(tree.whole) << word;
    EXPECT_EQ(tree.all().size(), whole.all().size()) << word;
  }
}

}  // namespace
}  // namespace blc::cli
