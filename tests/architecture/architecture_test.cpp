#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "floors.hpp"

namespace blc::architecture {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kSource = BLC_SOURCE_DIR;
constexpr const char* kThreeFloors =
    "blc_floor(base) # a comment with blc_floor(nothing)\n"
    "blc_floor(crypto DEPENDS base LINK OpenSSL::Crypto)\n"
    "blc_floor(text DEPENDS base)\n"
    "blc_floor(adapters\n  DEPENDS crypto text LINK base)\n";

Floors floors_of_the_project() { return read_floors(read_file(kSource / "src/CMakeLists.txt")); }

// A scratch source tree with one file in it.
class Architecture : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "blc-architecture-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    tree_ = pattern;
  }
  void TearDown() override { fs::remove_all(tree_); }

  std::vector<std::string> with(const std::string& path, const std::string& text) {
    const auto file = tree_ / "src" / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return violations(tree_, read_floors(kThreeFloors));
  }

  fs::path tree_;
};

TEST(Floors, ComeFromTheBuildWithAllThatLiesBelow) {
  const auto floors = read_floors(kThreeFloors);
  EXPECT_THAT(floors.order, ElementsAre("base", "crypto", "text", "adapters"));
  EXPECT_THAT(floors.below.at("text"), ElementsAre("base", "text"));
  EXPECT_THAT(floors.below.at("adapters"), ElementsAre("adapters", "base", "crypto", "text"));
}

TEST(Floors, AreRefusedWhenOneDependsOnAHigherOne) {
  EXPECT_THROW(static_cast<void>(read_floors("blc_floor(base DEPENDS text)\nblc_floor(text)\n")), std::runtime_error);
}

TEST(Floors, AreRefusedWhenNoneIsDeclared) {
  EXPECT_THROW(static_cast<void>(read_floors("add_library(base)\n")), std::runtime_error);
}

TEST(Floors, AreThoseOfTheDesign) {
  EXPECT_THAT(floors_of_the_project().order, ElementsAre("base", "ports", "crypto", "text", "privacy", "verb", "policy", "tier", "shipped",
                                                         "ledger", "trust", "plan", "approval", "execution", "adapters"));
}

TEST_F(Architecture, HoldsInThisTree) { EXPECT_THAT(violations(kSource, floors_of_the_project()), IsEmpty()); }

TEST_F(Architecture, IsDescribedFloorByFloorInTheManual) {
  const auto manual = read_file(kSource / "man/blc-architecture.7");
  EXPECT_THAT(missing_from(manual, floors_of_the_project()), IsEmpty());
}

TEST_F(Architecture, FindsAFloorMissingFromTheManual) {
  const auto* const manual = ".B base\nThe text of prose does not count.\n.It Sy crypto\n.IP adapters 4\n";
  EXPECT_THAT(missing_from(manual, read_floors(kThreeFloors)), ElementsAre("text"));
}

TEST_F(Architecture, AcceptsWhatMayBeIncluded) {
  EXPECT_THAT(with("core/adapters/a.cpp",
                   "#include \"core/adapters/a.hpp\"\n#include \"core/base/b.hpp\"\n#include <string>\n"
                   "#include <fstream>\n#include <sys/wait.h>\n#include <unistd.h>\n#include <boost/process.hpp>\n"),
              IsEmpty());
  EXPECT_THAT(with("core/crypto/c.cpp", "#include <openssl/evp.h>\n#include <fmt/format.h>\n"), IsEmpty());
  EXPECT_THAT(with("cli/main.cpp", "#include <CLI/CLI.hpp>\n#include \"core/adapters/a.hpp\"\n"), IsEmpty());
  EXPECT_THAT(with("generators/g.cpp", "#include <fstream>\n#include \"core/base/b.hpp\"\n"), IsEmpty());
}

TEST_F(Architecture, FindsAnIncludeOfAHigherFloor) {
  EXPECT_THAT(with("core/base/b.hpp", "#pragma once\n#  include \"core/text/t.hpp\"\n"),
              ElementsAre("src/core/base/b.hpp:2: base includes text, which is not below it: core/text/t.hpp"));
}

TEST_F(Architecture, FindsAnIncludeOfAFloorBeside) {
  EXPECT_THAT(with("core/text/t.cpp", "#include \"core/crypto/c.hpp\"\n"), ElementsAre(HasSubstr("not below it")));
}

TEST_F(Architecture, FindsAnIncludeOfCli) {
  EXPECT_THAT(with("core/adapters/a.cpp", "#include \"cli/app.hpp\"\n"), ElementsAre(HasSubstr("includes cli")));
}

TEST_F(Architecture, FindsAnIncludeOfAGenerator) {
  with("cli/app.cpp", "#include \"generators/g.hpp\"\n");
  EXPECT_THAT(with("core/base/b.cpp", "#include \"generators/g.hpp\"\n"), ElementsAre(HasSubstr("cli includes generators"), HasSubstr("base includes generators")));
}

TEST_F(Architecture, FindsAnAdapterInAView) {
  EXPECT_THAT(with("cli/views/v.cpp", "#include \"cli/output.hpp\"\n#include \"core/adapters/a.hpp\"\n"),
              ElementsAre(HasSubstr("a view prints what it is given")));
}

TEST_F(Architecture, FindsALibraryOfAnotherFloor) {
  EXPECT_THAT(with("core/text/t.cpp", "#include <openssl/evp.h>\n"), ElementsAre(HasSubstr("belongs to crypto")));
  EXPECT_THAT(with("core/text/t.cpp", "#include <CLI/CLI.hpp>\n"), ElementsAre(HasSubstr("belongs to cli")));
  EXPECT_THAT(with("core/text/t.cpp", "#include <sqlite3.h>\n"), ElementsAre(HasSubstr("belongs to adapters")));
}

TEST_F(Architecture, FindsALibraryThatNoFloorOwns) {
  EXPECT_THAT(
      with("core/adapters/a.cpp", "#include <grpc/grpc.h>\n#include <nlohmann/json.hpp>\n#include <pqxx/pqxx>\n"),
      testing::SizeIs(3));
}

TEST_F(Architecture, FindsTheOperatingSystemBelowTheAdapters) {
  EXPECT_THAT(with("core/text/t.cpp", "#include <fstream>\n#include <unistd.h>\n#include <sys/stat.h>\n"),
              testing::SizeIs(3));
}

TEST_F(Architecture, FindsAPathThatDoesNotStartAtSrc) {
  EXPECT_THAT(with("core/base/b.cpp", "#include \"b.hpp\"\n#include \"../text/t.hpp\"\n#include MACRO\n"),
              testing::SizeIs(3));
}

TEST_F(Architecture, FindsAFolderThatIsNoFloor) {
  EXPECT_THAT(with("core/helpers/h.cpp", ""), ElementsAre("src/core/helpers/h.cpp: helpers is no declared floor"));
}

}  // namespace
}  // namespace blc::architecture
