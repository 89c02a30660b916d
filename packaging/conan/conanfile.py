# Conan 2: builds the tree that this recipe lies in. `conan create packaging/conan --build=missing`
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class LogitapeConan(ConanFile):
    name = "logitape"
    description = "A tiny autodiff tensor framework with the softmax cross-entropy family as differentiable nodes"
    license = "MIT"
    topics = ("autodiff", "tensor", "simd", "machine-learning")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    @property
    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        project = load(self, os.path.join(self._tree, "CMakeLists.txt"))
        self.version = re.search(r"project\(logitape VERSION ([0-9.]+)", project).group(1)

    def export_sources(self):
        folders = ("cmake", "include", "core", "autograd", "backends", "ops", "train")
        for pattern in ("CMakeLists.txt", "LICENSE", *(f"{folder}/*" for folder in folders)):
            copy(self, pattern, src=self._tree, dst=self.export_sources_folder)

    def requirements(self):
        self.requires("highway/[>=1.0.3 <2]")
        self.requires("spdlog/[>=1.10 <2]", transitive_headers=False)
        self.requires("zlib/[>=1.2.11 <2]")
        self.requires("nlohmann_json/[>=3.9 <4]")
        # fmt is the one that spdlog was built with: it comes with it

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["LOGITAPE_TESTS"] = False
        toolchain.cache_variables["LOGITAPE_EXAMPLES"] = False
        toolchain.cache_variables["LOGITAPE_COMMAND"] = False
        toolchain.cache_variables["LOGITAPE_PICTURES"] = False
        toolchain.cache_variables["FETCHCONTENT_FULLY_DISCONNECTED"] = True
        toolchain.generate()
        dependencies = CMakeDeps(self)
        dependencies.set_property("highway", "cmake_file_name", "hwy")  # Highway's own names
        dependencies.set_property("highway", "cmake_target_name", "hwy::hwy")
        dependencies.set_property("zlib", "cmake_file_name", "ZLIB")
        dependencies.set_property("zlib", "cmake_target_name", "ZLIB::ZLIB")
        dependencies.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        # Conan writes both for the packages that it resolved
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        tape, whole = self.cpp_info.components["tape"], self.cpp_info.components["logitape"]
        for part, name in (tape, "tape"), (whole, "logitape"):
            part.set_property("cmake_target_name", f"logitape::{name}")
        tape.set_property("pkg_config_name", "logitape-tape")
        tape.libs = ["logitape_tape"]
        tape.requires = ["highway::highway", "spdlog::spdlog"]
        whole.libs = ["logitape"]
        whole.requires = ["tape", "zlib::zlib", "nlohmann_json::nlohmann_json"]
        if self.settings.os in ("Linux", "FreeBSD"):
            tape.system_libs = ["pthread"]
